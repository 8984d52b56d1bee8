import Engine
import Memory

/// What a model's computation is in a graph.
package struct ModelTrace {
    /// One tensor per output of the model, float32 whatever the layers compute in.
    package let outputs: [Tensor]
    /// Masks of the outputs; nil where nothing is masked.
    package let masks: [Tensor?]
    /// Scalars that layers and regularizers add to the loss.
    package let losses: [Tensor]
    /// New values of parameters at the end of a training step.
    package let updates: [(tensor: Tensor, parameter: Int)]
}

extension Model {
    /// Adds the model's computation to a graph.
    ///
    /// - Parameters:
    ///   - inputs: one tensor per input of the model, batch axis in front.
    ///   - isTraining: whether dropout is active.
    ///   - isPart: whether the inputs are a part of a batch, and layers take statistics of the whole batch: for a
    ///     `StagedStep`.
    package func trace(
        _ graph: Graph, inputs tensors: [Tensor], isTraining: Bool, isPart: Bool = false
    ) -> ModelTrace {
        let tracer = Tracer(graph, registry, isPart: isPart)
        let result = tracer.call(self, tensors, masks: tensors.map { _ in nil }, isTraining: isTraining)
        return ModelTrace(
            outputs: result.outputs.map { $0.casted(to: .float32) },
            masks: result.masks,
            losses: tracer.losses + regularizationLosses(graph),
            updates: tracer.updates)
    }

    /// What regularizers add to the loss: a scalar for each weight that has one. As in Keras, only weights that are trained
    /// are regularized.
    package func regularizationLosses(_ graph: Graph) -> [Tensor] {
        parameters.indices.compactMap { index -> Tensor? in
            guard parameters[index].isTrainable, let regularizer = parameters[index].specification.regularizer else {
                return nil
            }
            return regularizer(graph.parameter(index, shape: parameters[index].specification.shape))
        }
    }
}
