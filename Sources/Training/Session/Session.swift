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
    /// Of all plans so far.
    private(set) var planningCost = PlanningCost()
    /// Whether training steps compute activations again for the gradients.
    var recomputes = false
    /// What ended the last step, if a label did.
    private(set) var invalidLabel: InvalidLabel?
    /// The class weights of the last step, in memory that plans read.
    private var classTable: ClassTable?
    /// Loss and metrics of the last batch, and of all since the last reset.
    var figures = SessionFigures()
    /// The form of the last batch that was found to fit the model.
    var fittingForm: BatchForm?
    /// What the parts of the last batch knew together.
    var wholeBatchValues: WholeBatchValues?

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
    static let mostPlans = 256

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
        try model.requireBins()
        var compilation = key.mode == .predict ? nil : try compilation()
        if let loss { compilation?.outputs[0].loss = loss }
        let plan: StepPlan
        let begin = ContinuousClock.now
        do {
            plan = try StepPlan(model, key, compilation: compilation, arena: arena)
        } catch let error as ModelError {
            // A file's own compile configuration may not fit its model.
            throw TrainingError(.data, error.description, underlying: error)
        } catch {
            throw TrainingError(.engine, "planning a step of \(key.rows) rows: \(error)", underlying: error)
        }
        planningCost.plans += 1
        planningCost.seconds += begin.secondsToNow
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

    /// Runs steps whose figures are those of nothing else: those of a training epoch are set aside meanwhile.
    func separately<Result, Failure: Error>(_ body: () throws(Failure) -> Result) throws(Failure) -> Result {
        let kept = figures
        figures.beginApart()
        defer { figures.goOn(as: kept) }
        return try body()
    }

    /// Goes on from running sums that a checkpoint kept, once the training step is planned.
    func restoreRunning(_ sums: [Double]) throws(TrainingError) {
        try figures.restore(sums, trainKey.map { key throws(TrainingError) in try plan(key, loss: nil).figures })
    }

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
}

extension BatchColumn {
    fileprivate func address(ofRow row: Int) -> UnsafeRawPointer {
        bytes.baseAddress! + row * (rowCount == 0 ? 0 : bytes.count / rowCount)
    }
}
