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

/// What decides which plan a batch needs, beside the model and its compilation.
struct StepKey: Hashable {
    var mode: StepMode
    var rows: Int
    /// Of one row of each input, where the model has open axes; nil: the model's own.
    var inputShapes: [Shape]?
    /// Of one row of the sample weights; nil without.
    var weightShape: Shape?
    var classWeights: ClassWeights.Form?
    /// A loss that takes the place of the compiled one, when it can be told from others.
    var loss: AnyHashable?
    /// Whether activations of a training step are computed again for the gradients, for a smaller arena.
    var recomputes = false
}

/// One planned step for a number of rows.
package final class StepPlan {
    enum Share {
        case rows, sum
        /// As much as an output of the plan says.
        case output(String)
    }

    package let plan: Plan
    /// The arena of a plan that keeps all activations; nil when this one does.
    package let storedArenaBytes: Int?
    package let mode: StepMode
    let inputNames: [String]
    /// For each output, the name of its target; nil where none is needed.
    let targetNames: [String?]
    let figures: FigureLayout
    /// What the step's loss counts for in the loss of a larger batch.
    let share: Share

    /// Whether the plan may compute a part of a batch, with the gradients and the loss of the whole.
    let canBePart: Bool

    /// Why some may not.
    static let noParts =
        "a batch of this model cannot be computed in parts, nor gradients be accumulated: what its losses are divided by differs "
        + "from output to output, or a loss that is a sum has penalties beside it; expected losses that are all means "
        + "over rows without masks, or one loss"

    static let weightName = "sample_weight"
    static let classWeightName = "class_weight"

    /// Traces and plans a step.
    ///
    /// - Parameter compilation: nil for predictions.
    init(_ model: Model, _ key: StepKey, compilation: Compilation?, arena: ActivationArena) throws {
        let graph = Graph()
        inputNames = model.inputs.indices.map { "input_\($0)" }
        // Layers that cannot take the extents at hand say so.
        if let shapes = key.inputShapes { _ = try model.outputShapes(at: shapes) }
        let shapes = key.inputShapes ?? model.inputs.map(\.shape)
        let inputs = zip(zip(model.inputs, shapes), inputNames).map { input, name in
            graph.input(name, shape: input.1.prepending(key.rows), type: input.0.type)
        }
        let trace = model.trace(graph, inputs: inputs, isTraining: key.mode == .train)
        mode = key.mode
        guard mode != .predict, let compilation else {
            figures = FigureLayout()
            targetNames = model.outputs.map { _ in nil }
            share = .rows
            canBePart = false
            storedArenaBytes = nil
            let named = trace.outputs.enumerated().map { ("prediction_\($0)", $1) }
            plan = try Plan(
                graph, store: model.store, arena: arena, propagation: .inference,
                outputs: Dictionary(uniqueKeysWithValues: named), updates: trace.updates)
            return
        }
        var objective = Objective(trace, key, names: model.outputNames)
        for (index, output) in compilation.outputs.enumerated() { try objective.add(output, at: index) }
        let loss = objective.finish()
        targetNames = objective.targetNames
        figures = objective.figures
        share = objective.share
        canBePart = objective.canBePart
        guard mode == .train else {
            storedArenaBytes = nil
            plan = try Plan(
                graph, store: model.store, arena: arena, propagation: .inference, outputs: objective.outputs,
                updates: trace.updates)
            return
        }
        let forwardCount = graph.nodes.count
        let trainable = model.store.entries.indices.filter { model.store.entries[$0].isTrainable }
        let parameters = trainable.map { graph.parameter($0, shape: model.store.entries[$0].shape) }
        let gradients = zip(graph.gradients(of: loss, withRespectTo: parameters), trainable)
            .map { (tensor: $0, parameter: $1) }
        let step = StepGraph(
            graph, forwardCount: forwardCount, outputs: objective.outputs, gradients: gradients, updates: trace.updates)
        // The plan of the step as it is comes first in any case: it decides how weights lie.
        let whole = try Plan(step, store: model.store, arena: arena)
        plan =
            key.recomputes
            ? try .recomputing(step, instead: whole, store: model.store, arena: arena) : whole
        storedArenaBytes = plan === whole ? nil : whole.arenaBytes
    }
}
