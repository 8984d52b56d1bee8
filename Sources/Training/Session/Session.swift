import DataSource
import Engine
import Memory
import NeuralNetwork

/// The running state of a model's training: planned steps, gradients that wait for an update, running figures.
///
/// One per model, made at the first use and dropped by `compile`. Not for two threads at once, like the model.
package final class Session {
    /// The model owns its session.
    unowned let model: Model
    let arena: ActivationArena
    private var plans: [StepKey: StepPlan] = [:]
    private var last: (key: StepKey, plan: StepPlan)?
    /// Of the last training step that was planned.
    private var trainKey: StepKey?
    /// What follows an update; made at the first one, and anew when other layers are trained.
    private var constraints: ConstraintPlan??
    package let optimizerUpdate: OptimizerUpdate
    let accumulator: GradientAccumulator
    private var state = RunState()
    /// Whether training steps compute activations again for the gradients.
    var recomputes = false
    /// What ended the last step, if a label did.
    private(set) var invalidLabel: InvalidLabel?
    /// The class weights of the last step, in memory that plans read.
    private var classTable: ClassTable?
    /// The figures of the last batch, and of all since the last reset.
    private var sums: Figures?
    /// What the parts of the last batch knew together.
    var wholeBatchValues: WholeBatchValues?

    /// Sums of figures. `share`: what the last batch had of one share of its loss.
    private struct Figures {
        let layout: FigureLayout
        let share: FigureSums
        let batch: FigureSums
        let running: FigureSums

        init(_ layout: FigureLayout) {
            self.layout = layout
            share = FigureSums(count: layout.count)
            batch = FigureSums(count: layout.count)
            running = FigureSums(count: layout.count)
        }
    }

    init(_ model: Model) {
        self.model = model
        arena = ActivationArena(ledger: model.ledger)
        optimizerUpdate = OptimizerUpdate(model)
        accumulator = GradientAccumulator(model.store, model.ledger)
    }

    /// The session of a model.
    package static func of(_ model: Model) -> Session {
        if let session = model.session as? Session { return session }
        let session = Session(model)
        model.session = session
        return session
    }

    /// What the model was compiled with.
    func compilation() throws(TrainingError) -> Compilation {
        guard let compilation = model.compilation else {
            let reason =
                model.compilationProblem.map { ": the file's own compile configuration cannot be used: \($0)" } ?? ""
            throw TrainingError(
                .usage, "the model is not compiled; call compile(optimizer:loss:metrics:) first\(reason)")
        }
        return compilation
    }

    // MARK: Plans

    /// The plan for a batch; made at the first batch of its kind.
    ///
    /// - Parameter inputShapes: of one row, for a model with open axes.
    package func plan(
        _ mode: StepMode, rows: Int, weightShape: Shape? = nil, inputShapes: [Shape]? = nil
    ) throws(TrainingError) -> StepPlan {
        try plan(
            StepKey(
                mode: mode, rows: rows, inputShapes: inputShapes, weightShape: mode == .predict ? nil : weightShape),
            loss: nil)
    }

    /// Plans of one model that are kept: batches of ever other extents must not fill the memory with them.
    private static let mostPlans = 256

    /// - Parameter loss: takes the place of the compiled one.
    func plan(_ key: StepKey, loss: (any Loss)?) throws(TrainingError) -> StepPlan {
        // A loss that cannot be told from others is planned each time.
        let isKnown = loss == nil || key.loss != nil
        if isKnown, let last, last.key == key { return last.plan }
        if isKnown, let known = plans[key] {
            last = (key, known)
            return known
        }
        try refuseOtherBatchSize(key.rows)
        var compilation = key.mode == .predict ? nil : try compilation()
        if let loss { compilation?.outputs[0].loss = loss }
        let plan: StepPlan
        do {
            plan = try StepPlan(model, key, compilation: compilation, arena: arena)
        } catch let error as ModelError {
            // A file's own compile configuration may not fit its model.
            throw TrainingError(.data, error.description, underlying: error)
        } catch {
            throw TrainingError(.engine, "planning a step of \(key.rows) rows: \(error)", underlying: error)
        }
        guard isKnown else { return plan }
        if plans.count >= Self.mostPlans { forgetPlans() }
        plans[key] = plan
        last = (key, plan)
        if key.mode == .train { trainKey = key }
        return plan
    }

    /// Drops all plans and their primitives.
    func forgetPlans() {
        plans = [:]
        last = nil
    }

    /// A state from batch to batch has a place for each row.
    private func refuseOtherBatchSize(_ rows: Int) throws(TrainingError) {
        guard model.parameters.contains(where: { !$0.specification.isStored }),
            let fixed = model.inputs.lazy.compactMap(\.batchSize).first, fixed != rows
        else { return }
        throw TrainingError(
            .data,
            "a batch of \(rows) rows: the model keeps a state for \(fixed) rows; use batches of \(fixed), and a number "
                + "of rows that these divide")
    }

    /// A layer that was frozen or freed since the last step wants other plans.
    func followTrainableFlags() {
        guard model.followTrainableFlags() else { return }
        plans = plans.filter { $0.key.mode != .train }
        last = nil
        constraints = nil
    }

    // MARK: Steps

    /// Runs a plan on rows of a batch. Allocates nothing once the plan is made.
    ///
    /// - Parameters:
    ///   - firstRow: the place of the first row in the batch that random numbers count.
    ///   - stage: a plan that is run in place of the step itself.
    func compute(
        _ plan: StepPlan, _ batch: borrowing Batch, rows: Range<Int>, firstRow: Int, classWeights: ClassWeights?,
        roles: TargetRoles? = nil, stage: Plan? = nil
    ) throws(TrainingError) {
        let running = stage ?? plan.plan
        bind(batch, rows, classWeights, roles, to: running, of: plan)
        state.seed = model.seed
        state.step = UInt64(model.iterations)
        state.firstRow = firstRow
        state.invalidLabel = nil
        invalidLabel = nil
        state.invalidIndex = nil
        running.run(&state)
        if let invalid = state.invalidLabel {
            let found = try model.invalidLabel(invalid.label, at: invalid.row, of: batch, rows, plan, roles)
            invalidLabel = found
            throw found.error(at: "row \(found.row) of the batch")
        }
        try refuseInvalidIndex()
    }

    /// Adds up the figures of the last run of a plan.
    ///
    /// - Parameter lossFactor: of losses, which are means over the rows.
    func count(_ plan: StepPlan, rows: Int, lossFactor: Double) {
        if sums == nil || sums!.layout.count != plan.figures.count {
            sums = Figures(plan.figures)
        }
        sums!.share.add(plan, rows: rows, lossFactor: lossFactor)
    }

    /// An index that names no row of an embedding's table ends the step.
    private func refuseInvalidIndex() throws(TrainingError) {
        if let error = TrainingError(state.invalidIndex) { throw error }
    }

    private func bind(
        _ batch: borrowing Batch, _ rows: Range<Int>, _ classWeights: ClassWeights?, _ roles: TargetRoles?,
        to running: Plan,
        of plan: StepPlan
    ) {
        for (index, name) in plan.inputNames.enumerated() {
            running.setInput(name, to: batch.inputs[index].address(ofRow: rows.lowerBound))
        }
        guard plan.mode != .predict else { return }
        // Targets of all outputs, or only of those that need one.
        let isComplete = (roles?.targets.count ?? batch.targets.count) == plan.targetNames.count
        var next = 0
        for (index, name) in plan.targetNames.enumerated() {
            guard let name else { continue }
            let place = isComplete ? index : next
            let column = roles?.targets[place] ?? place
            running.setInput(name, to: batch.targets[column].address(ofRow: rows.lowerBound))
            next += 1
        }
        if let roles {
            for weight in roles.weights {
                running.setInput(
                    OutputWeight.name(weight.output),
                    to: batch.targets[weight.column].address(ofRow: rows.lowerBound))
            }
        }
        if let weights = batch.sampleWeight {
            running.setInput(StepPlan.weightName, to: weights.address(ofRow: rows.lowerBound))
        }
        guard let classWeights else { return }
        if classTable?.weights != classWeights { classTable = ClassTable(classWeights) }
        running.setInput(StepPlan.classWeightName, to: classTable!.address)
    }

    /// The updates that the parts of a batch make together.
    func update(_ stages: StagePlans) { stages.updates?.run(&state) }

    /// One update from the gradients of the store, and the constraints behind it.
    func update() throws(TrainingError) {
        // A loss scale leaves updates out whose gradients are not finite.
        guard try optimizerUpdate.apply() else { return }
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

    func beginBatch() { sums?.batch.reset() }

    /// Begins a share of the batch's loss; figures belong to one of them.
    func beginShare() { sums?.share.reset() }

    /// Adds the figures of a share to those of the batch.
    ///
    /// - Parameter lossFactor: of the losses of a batch that was computed in parts.
    func endShare(lossFactor: Double) {
        guard let sums else { return }
        if lossFactor != 1 { sums.share.scale(sums.layout.losses.indices, by: lossFactor) }
        sums.batch.add(sums.share)
    }

    /// Adds the figures of the batch to the running ones.
    func endBatch() {
        guard let sums else { return }
        sums.running.add(sums.batch)
    }

    func resetRunning() { sums?.running.reset() }

    /// Runs steps whose figures are those of nothing else: those of a training epoch are set aside meanwhile.
    func separately<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let kept = sums
        sums = nil
        defer { if kept != nil { sums = kept } }
        return try body()
    }

    /// Rows and sums since the last reset; nil before the first step.
    var runningFigures: [Double]? { sums.map { [$0.running.rows] + $0.running.buffer } }

    /// Goes on from sums that `runningFigures` gave, once the training step is planned.
    func restoreRunning(_ figures: [Double]) throws(TrainingError) {
        let layout = try trainKey.map { key throws(TrainingError) in try plan(key, loss: nil).figures }
        guard let layout, layout.count == figures.count - 1 else {
            throw TrainingError(
                .checkpoint,
                "sums of \(figures.count - 1) figures, expected \(layout?.count ?? 0): other losses or metrics")
        }
        sums = Figures(layout)
        sums!.running.set(rows: figures[0], figures[1...])
    }

    /// The figures of the last batch.
    func batchLogs() -> Logs { sums.map { $0.layout.logs($0.batch.buffer, rows: $0.batch.rows) } ?? Logs(loss: .nan) }

    /// The figures of all rows since the last reset.
    func runningLogs() -> Logs {
        sums.map { $0.layout.logs($0.running.buffer, rows: $0.running.rows) } ?? Logs(loss: .nan)
    }

    /// Whether a larger value of a figure is a better one; nil where that is not known.
    func isBetterWhenLarger(_ figure: String) -> Bool? {
        figure == "loss" ? false : sums?.layout.isBetterWhenLarger(figure)
    }

    /// The loss of the last batch.
    var batchLoss: Double { sums.map { $0.batch.buffer[0] / $0.batch.rows } ?? .nan }
}

extension BatchColumn {
    fileprivate func address(ofRow row: Int) -> UnsafeRawPointer {
        bytes.baseAddress! + row * (rowCount == 0 ? 0 : bytes.count / rowCount)
    }
}
