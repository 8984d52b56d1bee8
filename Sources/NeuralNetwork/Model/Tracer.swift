import Engine
import Memory

/// Turns calls of layers into nodes of a graph, and collects what they ask for besides their outputs.
package final class Tracer {
    package let graph: Graph
    private let registry: ParameterRegistry
    /// Whether the graph is for a part of a batch, and layers take statistics of the whole batch.
    package let isPart: Bool
    private var streams = 0
    /// Scalars that layers add to the loss.
    package private(set) var losses: [Tensor] = []
    /// New values of parameters at the end of a training step; the last one of a parameter counts.
    package private(set) var updates: [(tensor: Tensor, parameter: Int)] = []

    /// - Parameter registry: knows every layer that is called; its indices are those of the parameter store.
    package init(_ graph: Graph, _ registry: ParameterRegistry, isPart: Bool = false) {
        self.graph = graph
        self.registry = registry
        self.isPart = isPart
    }

    /// Calls a layer: its inputs in its compute type, its own parameters, its mode.
    ///
    /// - Parameters:
    ///   - masks: one per input, nil where nothing is masked.
    ///   - isTrainable: whether the layers around it are trained.
    package func call(
        _ layer: Layer, _ inputs: [Tensor], masks: [Tensor?], keywords: [String: [Tensor]] = [:],
        arguments: [CallArgument] = [], isTraining: Bool, isTrainable: Bool = true
    ) -> (outputs: [Tensor], masks: [Tensor?]) {
        // Keras's autocast: a model leaves that to its layers.
        let compute = layer.policy.computeType
        let isCast = layer.autocast && !(layer is Model)
        let inputs = inputs.map { isCast && $0.type.scalar.isFloatingPoint ? $0.casted(to: compute) : $0 }
        let context = LayerContext(
            parameters: registry.range(of: layer).map { parameter($0, of: layer) }, isTraining: isTraining,
            isTrainable: isTrainable && layer.isTrainable, masks: masks, keywords: keywords, arguments: arguments,
            layer: layer, tracer: self)
        let result = layer.masked(inputs, context)
        if let regularizer = layer.activityRegularizer, layer.regularizesOutputs {
            // Keras's base layer divides by the rows of the batch.
            for output in result.outputs {
                addLoss(regularizer(output.casted(to: .float32)).scaled(by: 1 / Float(max(1, output.shape[0]))))
            }
        }
        return result
    }

    private func parameter(_ index: Int, of layer: Layer) -> Tensor {
        let specification = registry.parameters[index].specification
        // As in Keras, a second use of a layer in a step goes on with what the first one made of its statistics.
        let updated = updates.first { $0.parameter == index }?.tensor
        let tensor = updated ?? graph.parameter(index, shape: specification.shape)
        return specification.autocast ? tensor.casted(to: layer.policy.computeType) : tensor
    }

    func nextStream() -> Int {
        streams += 1
        return streams - 1
    }

    func addLoss(_ scalar: Tensor) {
        precondition(scalar.shape.elementCount == 1, "addLoss: shape \(scalar.shape), expected a scalar")
        losses.append(scalar)
    }

    func update(_ layer: Layer, _ index: Int, to value: Tensor) {
        let range = registry.range(of: layer)
        precondition(range.indices.contains(range.lowerBound + index), "\(layer.kind): has no parameter \(index)")
        let parameter = range.lowerBound + index
        let shape = registry.parameters[parameter].specification.shape
        precondition(value.shape == shape, "\(layer.kind): update of shape \(value.shape) for \(shape)")
        updates.removeAll { $0.parameter == parameter }
        updates.append((value, parameter))
    }
}
