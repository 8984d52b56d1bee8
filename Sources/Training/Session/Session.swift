import DataSource
import Engine
import Memory
import NeuralNetwork

/// The running state of a model's training: planned steps, the optimizer's memory, running means.
///
/// One per model, made at the first use and dropped by `compile`. Not for two threads at once, like the model.
package final class Session {
    /// What decides which plan a batch needs.
    private struct Key: Hashable {
        let mode: StepMode
        let rows: Int
        let weighted: Bool
    }

    private let model: Model
    private let arena: ActivationArena
    private var plans: [Key: StepPlan] = [:]
    private var last: (key: Key, plan: StepPlan)?
    /// What follows an update; made at the first one, and anew when other layers are trained.
    private var constraints: ConstraintPlan??
    private var state = RunState()
    private let optimizerUpdate: OptimizerUpdate
    /// The figures of the last step: loss, then metrics.
    private let figures: UnsafeMutableBufferPointer<Double>
    private(set) var running: RunningLogs

    init(_ model: Model) {
        self.model = model
        arena = ActivationArena(ledger: model.ledger)
        optimizerUpdate = OptimizerUpdate(model)
        let count = 1 + (model.compilation?.metrics.count ?? 0)
        figures = .allocate(capacity: count)
        figures.initialize(repeating: 0)
        running = RunningLogs(count: count)
    }

    deinit { figures.deallocate() }

    /// The session of a model.
    package static func of(_ model: Model) -> Session {
        if let session = model.session as? Session { return session }
        let session = Session(model)
        model.session = session
        return session
    }

    func resetRunning() { running.reset() }

    // MARK: Plans

    /// The plan for a batch; made at the first batch of its size.
    package func plan(_ mode: StepMode, rows: Int, weighted: Bool) throws(TrainingError) -> StepPlan {
        let key = Key(mode: mode, rows: rows, weighted: weighted)
        if let last, last.key == key { return last.plan }
        // A state from batch to batch has a place for each row.
        let keepsState = model.parameters.contains { !$0.specification.isStored }
        if keepsState, let fixed = model.inputs.lazy.compactMap(\.batchSize).first, fixed != rows {
            throw TrainingError(
                .data,
                "a batch of \(rows) rows: the model keeps a state for \(fixed) rows; use batches of \(fixed), and a number "
                    + "of rows that these divide")
        }
        let plan: StepPlan
        if let known = plans[key] {
            plan = known
        } else {
            if mode != .predict { _ = try compilation() }
            do {
                plan = try StepPlan(
                    model, mode, rows: rows, weighted: weighted, compilation: model.compilation, arena: arena)
            } catch let error as ModelError {
                // A file's own compile configuration may not fit its model.
                throw TrainingError(.data, error.description, underlying: error)
            } catch {
                throw TrainingError(.engine, "planning a step of \(rows) rows: \(error)", underlying: error)
            }
            plans[key] = plan
        }
        last = (key, plan)
        return plan
    }

    /// What the model was compiled with.
    func compilation() throws(TrainingError) -> Compilation {
        guard let compilation = model.compilation else {
            let reason =
                model.compilationProblem.map { ": the file's own compile configuration cannot be used: \($0)" } ?? ""
            throw TrainingError(
                .usage, "the model is not compiled; call compile(optimizer:loss:metrics:) first\(reason)")
        }
        guard model.outputs.count == 1 else {
            throw TrainingError(
                .usage,
                "the model has \(model.outputs.count) outputs; training and evaluation of one output are supported")
        }
        return compilation
    }

    // MARK: Steps

    /// Loss and metrics of a batch, and an update when training. Allocates nothing once the plan is made.
    package func run(_ mode: StepMode, _ batch: borrowing Batch) throws(TrainingError) {
        // A layer that was frozen or freed since the last step wants another plan.
        if mode == .train, model.followTrainableFlags() {
            plans = plans.filter { $0.key.mode != .train }
            last = nil
            constraints = nil
        }
        let plan = try plan(mode, rows: batch.rowCount, weighted: batch.sampleWeight != nil)
        bind(batch, to: plan)
        state.seed = model.seed
        state.step = UInt64(model.iterations)
        state.invalidLabel = nil
        state.invalidIndex = nil
        plan.plan.run(&state)
        if let invalid = state.invalidLabel {
            throw try labelError(invalid.label, "row \(invalid.row) of the batch")
        }
        try refuseInvalidIndex()
        for index in figures.indices { figures[index] = Double(plan.plan.output(Self.outputNames[index])[0]) }
        running.add(UnsafeBufferPointer(figures), rows: batch.rowCount)
        if mode == .train {
            try optimizerUpdate.apply()
            try constrain()
        }
    }

    /// Predictions of a batch, valid until the next step.
    func predict(_ batch: borrowing Batch) throws(TrainingError) -> StepPlan {
        let plan = try plan(.predict, rows: batch.rowCount, weighted: false)
        bind(batch, to: plan)
        state.invalidIndex = nil
        plan.plan.run(&state)
        try refuseInvalidIndex()
        return plan
    }

    /// An index that names no row of an embedding's table ends the step.
    private func refuseInvalidIndex() throws(TrainingError) {
        guard let invalid = state.invalidIndex else { return }
        throw TrainingError(
            .data,
            "value \(invalid.place) of a column of indices is \(invalid.index), expected 0 to \(invalid.rows - 1): the rows "
                + "of the embedding's table")
    }

    private static let outputNames = (0..<64).map { "figure_\($0)" }

    private func bind(_ batch: borrowing Batch, to plan: StepPlan) {
        for (index, name) in plan.inputNames.enumerated() {
            plan.plan.setInput(name, to: batch.inputs[index].bytes.baseAddress!)
        }
        guard plan.mode != .predict else { return }
        plan.plan.setInput(StepPlan.targetName, to: batch.targets[0].bytes.baseAddress!)
        if let weights = batch.sampleWeight {
            plan.plan.setInput(StepPlan.weightName, to: weights.bytes.baseAddress!)
        }
    }

    /// The row and the label that ended the last step, if a label did.
    var invalidLabel: (row: Int, label: Int32)? { state.invalidLabel }

    /// The error of a label that is no class.
    func labelError(_ label: Int32, _ place: String) throws(TrainingError) -> TrainingError {
        let loss = try compilation().loss
        let meaning: String
        do {
            meaning = try loss.targets(for: model.outputs[0].shape).meaning
        } catch {
            meaning = "\(error)"
        }
        return TrainingError(.data, "\(place) has label \(label); loss \(loss.name) expects \(meaning)")
    }

    /// Maps constrained weights after an update.
    private func constrain() throws(TrainingError) {
        if constraints == nil {
            do {
                constraints = .some(try ConstraintPlan(model, arena: arena))
            } catch {
                throw TrainingError(.engine, "planning the constraints of weights: \(error)", underlying: error)
            }
        }
        constraints??.run()
    }

    // MARK: Figures

    /// The figures of the last step.
    func batchLogs() throws(TrainingError) -> Logs { logs(try compilation()) { figures[$0] } }

    /// The running means since the last reset.
    func runningLogs() throws(TrainingError) -> Logs { logs(try compilation()) { running.mean($0) } }

    /// The loss of the last step.
    var batchLoss: Double { figures[0] }

    private func logs(_ compilation: Compilation, _ figure: (Int) -> Double) -> Logs {
        Logs(
            loss: figure(0),
            metrics: compilation.metrics.enumerated().map { ($1.rawValue, figure($0 + 1)) })
    }
}
