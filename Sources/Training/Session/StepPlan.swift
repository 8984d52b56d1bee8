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
    /// Of single outputs, instead.
    var outputWeights: [OutputWeight] = []
    var classWeights: ClassWeights.Form?
    /// A loss that takes the place of the compiled one, when it can be told from others.
    var loss: AnyHashable?
    /// Whether activations of a training step are computed again for the gradients, for a smaller arena.
    var recomputes = false
    /// The step of a part of a batch for one of the shares of the loss; nil: for all of it.
    var share: Int?
    /// Whether the step is one of the parts of a batch that take their statistics together.
    var isPart = false
}

/// One planned step for a number of rows.
package final class StepPlan {
    enum Share {
        case rows, sum
        /// As much as an output of the plan says.
        case output(String)
    }

    package let plan: Plan
    /// What is run in front of `plan` and behind it, for parts of a batch that take their statistics together.
    let stages: StagePlans?
    /// The arena of a plan that keeps all activations; nil when this one does.
    package let storedArenaBytes: Int?
    package let mode: StepMode
    let inputNames: [String]
    /// For each output, the name of its target; nil where none is needed.
    let targetNames: [String?]
    let figures: FigureLayout
    /// What the step's loss counts for in the loss of a larger batch.
    let share: Share
    /// In how many ways terms of the loss count there: as often parts of a batch are computed.
    let shareCount: Int
    /// A loss that parts of a batch do not have.
    private let couplingLoss: String?

    /// Bytes of activations, workspaces and scratch memory.
    package var arenaBytes: Int { max(plan.arenaBytes, stages?.arenaBytes ?? 0) }

    /// Refuses what only whole batches have.
    func checkParts() throws(TrainingError) {
        guard let couplingLoss else { return }
        throw TrainingError(
            .usage,
            "a batch of this model cannot be computed in parts, nor gradients be accumulated: the loss \"\(couplingLoss)\" "
                + "is one of all rows of a batch together, of which parts have nothing; expected a loss of every row "
                + "(for dice and tversky: axes without the batch's), or batches that are computed at once")
    }

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
        let trace = model.trace(graph, inputs: inputs, isTraining: key.mode == .train, isPart: key.isPart)
        mode = key.mode
        guard mode != .predict, let compilation else {
            figures = FigureLayout()
            targetNames = model.outputs.map { _ in nil }
            share = .rows
            shareCount = 1
            couplingLoss = nil
            storedArenaBytes = nil
            stages = nil
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
        shareCount = objective.shareCount
        couplingLoss = objective.couplingLoss
        guard mode == .train else {
            storedArenaBytes = nil
            stages = nil
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
            graph, forwardCount: forwardCount, outputs: objective.outputs, gradients: gradients,
            // Once, however often a batch is computed.
            updates: key.share ?? 0 == 0 ? trace.updates : [])
        let planner = StepPlanner(store: model.store, arena: arena, recomputes: key.recomputes)
        guard key.isPart else {
            (plan, stages) = (try planner.plan(step), nil)
            storedArenaBytes = planner.recomputed ? planner.storedBytes : nil
            return
        }
        let staged = StagedStep(step)
        plan = try planner.plan(staged.step)
        stages = try StagePlans(staged, planner)
        storedArenaBytes = planner.recomputed ? planner.storedBytes : nil
    }
}
