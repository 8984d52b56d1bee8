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
    /// Which target columns are weights; nil: none.
    var roles: TargetRoles?
    /// Of batch normalization in parts of a batch.
    var statistics = BatchNormalizationStatistics.microBatch
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

/// How a batch is divided.
struct RowParts {
    /// Rows of a part.
    let size: Int
    /// Rows of batches before, whose gradients wait.
    let waiting: Int
    /// Whether gradients are added to others.
    let isAdded: Bool
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
        if model.hasOpenAxes { try model.check(batch, mode, loss: options.loss, options.roles) }
        var key = StepKey(
            mode: mode, rows: 0, inputShapes: model.openShapes(of: batch), weightShape: batch.sampleWeight?.rowShape,
            classWeights: options.classWeights?.form)
        if let roles = options.roles {
            key.outputWeights = roles.weights.map {
                OutputWeight(output: $0.output, shape: batch.targets[$0.column].rowShape)
            }
        }
        key.recomputes = mode == .train && recomputes
        if let loss = options.loss as? any Hashable { key.loss = AnyHashable(loss) }
        let size = max(1, min(options.microBatch ?? batch.rowCount, batch.rowCount))
        let waiting = accumulator.rows
        guard mode != .train || options.effect != .nothing || waiting == 0 else {
            throw TrainingError(
                .usage, "\(waiting) rows of gradients wait for an update; make it before others are computed")
        }
        let parts = RowParts(
            size: size, waiting: waiting,
            isAdded: mode == .train && (size < batch.rowCount || options.effect == .accumulate || waiting > 0))
        if mode == .train, options.statistics == .wholeBatch, model.hasBatchNormalization {
            guard options.effect != .accumulate, waiting == 0 else { throw Self.laterStatistics }
            key.isPart = size < batch.rowCount
        }
        figures.beginBatch()
        if !parts.isAdded || batch.rowCount == 0 {
            try runShare(0, key, batch, parts, options)
        } else {
            key.rows = size
            let plan = try plan(key, loss: options.loss)
            try plan.checkParts()
            try accumulator.prepare(shares: plan.shareCount)
            if key.isPart { try exchange(key, batch, parts, options) }
            for share in 0..<plan.shareCount {
                if plan.shareCount > 1 { key.share = share }
                try runShare(share, key, batch, parts, options)
            }
            if let stages = plan.stages {
                try bindValues(of: plan)
                update(stages)
            }
        }
        if options.isCounted { figures.endBatch() }
        guard mode == .train, options.effect != .accumulate else { return }
        if parts.isAdded { accumulator.finish() }
        if options.effect == .update { try update() }
    }

    private static let laterStatistics = TrainingError(
        .usage,
        "the statistics of a whole batch are asked for, and its rows come with several calls: gradients cannot wait for "
            + "rows that are not known; give all rows as one batch, and the rows of a part as microBatch")

    /// Runs all parts of a batch for one share of its loss.
    private func runShare(
        _ share: Int, _ key: StepKey, _ batch: borrowing Batch, _ parts: RowParts, _ options: StepOptions
    ) throws(TrainingError) {
        var key = key
        let isDivided = parts.size < batch.rowCount
        figures.beginShare()
        // What the loss of the whole batch is the mean over; parts count in it as they do in the gradients.
        var total = 0.0
        do throws(TrainingError) {
            var row = 0
            while row < batch.rowCount {
                let rows = row..<min(row + parts.size, batch.rowCount)
                key.rows = rows.count
                let plan = try plan(key, loss: options.loss)
                if key.isPart { try bindValues(of: plan) }
                try compute(
                    plan, batch, rows: rows, firstRow: parts.waiting + row, classWeights: options.classWeights,
                    roles: options.roles)
                let divisor = divisor(of: plan, rows: rows.count)
                // The rows count once.
                let counted = share == 0 ? rows.count : 0
                if parts.isAdded { accumulator.add(rows: counted, divisor: divisor, share: share) }
                figures.count(plan, rows: counted, lossFactor: isDivided ? divisor ?? 1 : Double(rows.count))
                total = divisor.map { $0 + total } ?? 1
                row = rows.upperBound
            }
        } catch {
            // Parts of a batch that cannot be finished are nothing to go on with, nor are gradients that wait, once a part
            // was added to them.
            if parts.waiting == 0 || accumulator.rows != parts.waiting || share > 0 { accumulator.reset() }
            throw error
        }
        figures.endShare(lossFactor: isDivided && total > 0 ? Double(batch.rowCount) / total : 1)
    }

    /// What the loss of the last run counts for in that of a larger batch; nil where losses are added up.
    private func divisor(of plan: StepPlan, rows: Int) -> Double? {
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
