import Engine
import Memory
import NeuralNetwork

/// What a step computes.
package enum StepMode: Hashable, Sendable {
    /// Loss, metrics and gradients, dropout active.
    case train
    /// Loss and metrics.
    case test
    /// Predictions.
    case predict
}

/// One planned step for a number of rows.
package final class StepPlan {
    package let plan: Plan
    package let mode: StepMode
    /// Loss first, then metrics; empty for predictions.
    let figureNames: [String]
    let inputNames: [String]

    static let targetName = "target"
    static let weightName = "sample_weight"

    /// Traces and plans a step.
    ///
    /// - Parameters:
    ///   - rows: the batch size; shapes are concrete.
    ///   - weighted: whether every row has a weight of its own.
    init(
        _ model: Model, _ mode: StepMode, rows: Int, weighted: Bool, compilation: Compilation?, arena: ActivationArena
    ) throws {
        let graph = Graph()
        inputNames = model.inputs.indices.map { "input_\($0)" }
        let inputs = zip(model.inputs, inputNames).map { input, name in
            graph.input(name, shape: input.shape.prepending(rows), type: input.type)
        }
        let trace = model.trace(graph, inputs: inputs, isTraining: mode == .train)
        let predictions = trace.outputs
        self.mode = mode
        guard mode != .predict else {
            figureNames = []
            let named = predictions.enumerated().map { ("prediction_\($0)", $1) }
            plan = try Plan(
                graph, store: model.store, arena: arena, propagation: .inference,
                outputs: Dictionary(uniqueKeysWithValues: named), updates: trace.updates)
            return
        }
        let compilation = compilation!
        let prediction = predictions[0]
        let specification = try compilation.loss.targets(for: prediction.shape.withoutFirst)
        let target = graph.input(
            Self.targetName, shape: specification.shape.prepending(rows), type: specification.type)
        var losses = compilation.loss.values(prediction: prediction, target: target)
        if weighted {
            // Σ w l / n over all values, as Keras has it.
            let weights = graph.input(Self.weightName, shape: [rows])
            losses = losses * weights.reshaped(Shape([rows] + Array(repeating: 1, count: losses.shape.rank - 1)))
        }
        let mask = trace.masks[0].flatMap { Self.weights(of: $0, for: losses) }
        let loss = trace.losses.reduce(Self.mean(losses, mask)) { $0 + $1 }
        var outputs = ["figure_0": loss]
        for (index, metric) in compilation.metrics.enumerated() {
            let values = try metric.values(prediction: prediction, target: target)
            outputs["figure_\(index + 1)"] = Self.mean(
                values, trace.masks[0].flatMap { Self.weights(of: $0, for: values) })
        }
        figureNames = ["loss"] + compilation.metrics.map(\.rawValue)
        var gradients: [(tensor: Tensor, parameter: Int)] = []
        if mode == .train {
            let trainable = model.store.entries.indices.filter { model.store.entries[$0].isTrainable }
            let parameters = trainable.map { graph.parameter($0, shape: model.store.entries[$0].shape) }
            gradients = Array(zip(graph.gradients(of: loss, withRespectTo: parameters), trainable))
        }
        plan = try Plan(
            graph, store: model.store, arena: arena, propagation: mode == .train ? .training : .inference,
            outputs: outputs, gradients: gradients, updates: trace.updates)
    }

    /// The mask of a prediction as factors of its values, where it has their leading axes.
    private static func weights(of mask: Tensor, for values: Tensor) -> Tensor? {
        guard mask.shape.rank <= values.shape.rank,
            Array(values.shape.dimensions.prefix(mask.shape.rank)) == mask.shape.dimensions
        else { return nil }
        let missing = Array(repeating: 1, count: values.shape.rank - mask.shape.rank)
        return mask.casted(to: .float32).reshaped(Shape(mask.shape.dimensions + missing)).broadcast(to: values.shape)
    }

    /// The mean of the values that count, as Keras has it: masked ones are neither added nor counted.
    private static func mean(_ values: Tensor, _ mask: Tensor?) -> Tensor {
        guard let mask else { return values.mean() }
        return (values * mask).sum() / mask.sum().maximum(values.graph.constant(1, shape: []))
    }
}
