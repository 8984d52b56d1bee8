import DataSource
import Engine
import Memory
import NeuralNetwork

/// What a step may be told beside its batch.
struct StepOptions {
    /// Takes the place of the compiled loss, for a model of one output.
    var loss: (any Loss)?
    var classWeights: ClassWeights?
    /// The most rows that are computed at once; nil: all of the batch.
    var microBatch: Int?
    /// What follows from the gradients of a training step.
    var effect = Effect.update
    /// Whether the batch counts in the running figures.
    var isCounted = true

    enum Effect {
        case update
        /// The gradients wait for those of further batches.
        case accumulate
        /// The gradients stay in the store.
        case nothing
    }
}

extension Session {
    /// Loss and metrics of a batch, and what follows from its gradients when training. Allocates nothing once the plans
    /// are made.
    package func run(_ mode: StepMode, _ batch: borrowing Batch) throws(TrainingError) {
        try run(mode, batch, StepOptions())
    }

    func run(
        _ mode: StepMode, _ batch: borrowing Batch, _ options: StepOptions
    ) throws(TrainingError) {
        if mode == .train { followTrainableFlags() }
        // Batches of a source may differ in their extents, and targets with them.
        if model.hasOpenAxes { try model.check(batch, mode, loss: options.loss) }
        var key = StepKey(
            mode: mode, rows: 0, inputShapes: model.openShapes(of: batch), weightShape: batch.sampleWeight?.rowShape,
            classWeights: options.classWeights?.form)
        key.recomputes = mode == .train && recomputes
        if let loss = options.loss as? any Hashable { key.loss = AnyHashable(loss) }
        let size = max(1, min(options.microBatch ?? batch.rowCount, batch.rowCount))
        let waiting = accumulator.rows
        guard mode != .train || options.effect != .nothing || waiting == 0 else {
            throw TrainingError(
                .usage, "\(waiting) rows of gradients wait for an update; make it before others are computed")
        }
        let isAdded = mode == .train && (size < batch.rowCount || options.effect == .accumulate || waiting > 0)
        beginBatch()
        // What the loss of the whole batch is the mean over; parts count in it as they do in the gradients.
        var total = 0.0
        do throws(TrainingError) {
            var row = 0
            while row < batch.rowCount {
                let rows = row..<min(row + size, batch.rowCount)
                key.rows = rows.count
                let plan = try plan(key, loss: options.loss)
                if isAdded, !plan.canBePart { throw TrainingError(.usage, StepPlan.noParts) }
                try compute(plan, batch, rows: rows, firstRow: waiting + row, classWeights: options.classWeights)
                let share = share(of: plan, rows: rows.count)
                if isAdded { accumulator.add(rows: rows.count, share: share) }
                count(plan, rows: rows.count, lossFactor: size < batch.rowCount ? share ?? 1 : Double(rows.count))
                total = share.map { $0 + total } ?? 1
                row = rows.upperBound
            }
        } catch {
            // Parts of a batch that cannot be finished are nothing to go on with.
            if waiting == 0 { accumulator.reset() }
            throw error
        }
        if size < batch.rowCount, total > 0 { scaleLosses(by: Double(batch.rowCount) / total) }
        if options.isCounted { endBatch() }
        guard mode == .train, options.effect != .accumulate else { return }
        if isAdded { accumulator.finish() }
        if options.effect == .update { try update() }
    }

    /// What the loss of the last run counts for in that of a larger batch; nil where losses are added up.
    private func share(of plan: StepPlan, rows: Int) -> Double? {
        switch plan.share {
        case .rows: Double(rows)
        case .sum: nil
        case .output(let name): Double(plan.plan.output(name)[0])
        }
    }

    /// Applies gradients that were accumulated, if there are any.
    func flush() throws(TrainingError) {
        guard !accumulator.isEmpty else { return }
        accumulator.finish()
        try update()
    }

    /// Predictions of a batch, valid until the next step.
    func predict(_ batch: borrowing Batch) throws(TrainingError) -> StepPlan {
        if model.hasOpenAxes { try model.check(batch, .predict) }
        let plan = try plan(.predict, rows: batch.rowCount, inputShapes: model.openShapes(of: batch))
        try compute(plan, batch, rows: 0..<batch.rowCount, firstRow: 0, classWeights: nil)
        return plan
    }
}
