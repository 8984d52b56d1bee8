public import DataSource
import Memory
public import NeuralNetwork

/// A run of training, epoch by epoch: what drives callbacks. `fit` is one; a loop of one's own makes one to have them too.
///
///     let run = TrainingRun(model, epochs: 3, callbacks: [EarlyStopping(), ProgressLine()])
///     try run.open(source, batchSize: 64, checkpointing: Checkpointing("run-7", resumes: true))
///     try run.begin()
///     while try run.beginEpoch() {
///         while let batch = try run.nextBatch() { try run.train(batch) }
///         try run.endEpoch(validation: model.evaluate(test))
///     }
///     try run.end()
///
/// Batches may come from elsewhere, too. With `open` they are those of `fit`, in its order and changed by the model's
/// random layers as there, and the run can be kept in checkpoints.
public final class TrainingRun {
    public let model: Model
    /// The last epoch's number.
    public let epochs: Int
    public let callbacks: [any Callback]
    /// The figures of the epochs that ended.
    public private(set) var history = History()
    /// The epoch that runs, or ran last, from 1; before the first, the number of epochs that were done earlier.
    public private(set) var epoch: Int
    /// Batches of this epoch so far.
    public private(set) var step = 0
    /// Batches of this epoch in all; 0 when that is not known.
    public private(set) var stepsPerEpoch = 0
    /// Samples of this epoch so far.
    public private(set) var samples = 0
    /// Whether the run ends: with this epoch's validation and its `epochDidEnd`, as in Keras, unless it `isInterrupted`.
    public var isStopping: Bool { isStopRequested || isInterrupted }
    /// Whether the run ends at once: no further batch, and no validation.
    public private(set) var isInterrupted = false
    /// Whether the run's state is not to be kept.
    private(set) var isAbandoned = false
    /// Whether epochs may be validated; nil when that is not known.
    public internal(set) var hasValidation: Bool?
    /// The most memory that the process may hold.
    public internal(set) var memory = MemoryCap.none
    /// How the run goes through its data, and how memory is divided; nil in a loop of one's own.
    public internal(set) var settings: FitSettings?
    public internal(set) var plan: MemoryPlan?
    /// Where batches come from, for messages about them. `fit` sets it.
    public var source: (any Source)?
    /// The rows of the batch that is trained on, while it lives.
    private var batchRows = UnsafeBufferPointer<Int>(start: nil, count: 0)
    /// Of the batch that is trained on: a schedule has the next one afterwards.
    private var learningRate: Float = 0
    private var isStopRequested = false
    private var epochBegan = ContinuousClock.now
    /// Of the epoch, before the run was resumed.
    private var earlierSeconds = 0.0
    /// Whether the next epoch is one that began before.
    private var isResuming = false
    private var session: Session { Session.of(model) }
    /// What a loop of one's own wants to find again when the run goes on from a checkpoint: `begin` sets it.
    public var loopState = CallbackState()
    /// The columns of sample weights of single outputs, in the data that were opened.
    var sampleWeights: [String: String] = [:]
    /// Where batches come from, and what keeps the run in checkpoints.
    private var data: RunData?

    /// - Parameters:
    ///   - epochs: the number of the last epoch.
    ///   - initialEpoch: epochs that were done before.
    public init(_ model: Model, epochs: Int, initialEpoch: Int = 0, callbacks: [any Callback] = []) {
        self.model = model
        self.epochs = epochs
        self.callbacks = callbacks
        epoch = initialEpoch
    }

    /// Ends the run after this batch; validation and the end of the epoch follow, as in Keras.
    public func stop() { isStopRequested = true }

    /// Ends the run after this batch, or this batch of validation; nothing but the end of the epoch follows.
    ///
    /// With `FitSettings.checkpointing`, a run that is resumed goes on behind this batch as if nothing had happened.
    public func interrupt() { isInterrupted = true }

    /// Ends the run as `interrupt` does, and makes no checkpoint: what the weights have become is not worth keeping.
    public func abandon() {
        isInterrupted = true
        isAbandoned = true
    }

    /// Tells callbacks what one of them did, in words for a person.
    public func note(_ text: String) throws {
        for callback in callbacks { try callback.noteWasMade(text, self) }
    }

    /// Which rows of the source the batch is that `batchDidEnd` is called for; no rows at other times.
    public var batchIdentity: BatchIdentity {
        BatchIdentity(epoch: epoch, step: step, rows: Array(batchRows), source: source)
    }

    /// Tells callbacks that the run begins.
    public func begin() throws {
        isStopRequested = false
        isInterrupted = false
        isAbandoned = false
        for callback in callbacks { try callback.trainWillBegin(self) }
        guard let data, let keeper = data.keeper, let found = data.found else { return }
        try keeper.restore(found, self, data.feed)
        // A loop may leave epochs early: the stream is then behind the run's count of them.
        let stream = found.record.stream
        data.isPassDone = data.endsWithPass && (stream.epoch >= epoch || (step > 0 && stream.sample == 0))
        data.found = nil
    }

    /// Begins the next epoch. False, and nothing happens, when all are done or the run stops.
    ///
    /// - Parameter steps: its batches, for progress; nil: as many as a pass over the data that were opened has, if any.
    public func beginEpoch(steps: Int? = nil) throws -> Bool {
        let steps = steps ?? data?.batchesPerPass ?? 0
        if isResuming {
            isResuming = false
            stepsPerEpoch = steps
            epochBegan = .now
            data?.feed.beginEpoch()
            return true
        }
        guard epoch < epochs, !isStopping else { return false }
        epoch += 1
        earlierSeconds = 0
        step = 0
        samples = 0
        stepsPerEpoch = steps
        session.figures.resetRunning()
        epochBegan = .now
        for callback in callbacks { try callback.epochWillBegin(self) }
        data?.isPassDone = false
        data?.feed.beginEpoch()
        return true
    }

    /// The next batch of the epoch, from the data that were opened; nil when the epoch or the run ends.
    ///
    /// Batches of which nothing could be read are passed over, and blocks that were skipped reported, as in `fit`.
    public func nextBatch() throws -> Batch? {
        guard let data else {
            throw TrainingError(.usage, "nextBatch: no data are opened; call open(_:batchSize:) before begin")
        }
        while !isStopping, !data.isPassDone, step < data.stepsPerEpoch {
            guard let batch = try model.nextBatch(data.feed.stream) else { return nil }
            data.isPassDone = data.endsWithPass && batch.isLastOfEpoch
            if batch.rowCount < batch.sampleCount { try data.feed.reportBadBlocks(to: self) }
            if batch.rowCount > 0 { return batch }
            step += 1
        }
        return nil
    }

    /// Lets batches come from a feed.
    ///
    /// - Parameters:
    ///   - stepsPerEpoch: of its batches in an epoch, however many are in a pass; nil: an epoch is a pass.
    ///   - keeper: writes checkpoints of the run.
    ///   - found: the checkpoint that `begin` goes on from.
    func attach(
        _ feed: FitFeed, stepsPerEpoch: Int?, batchesPerPass: Int = 0, _ keeper: CheckpointKeeper?,
        _ found: CheckpointKeeper.Found?
    ) {
        data = RunData(
            feed, stepsPerEpoch: stepsPerEpoch ?? .max, endsWithPass: stepsPerEpoch == nil,
            batchesPerPass: batchesPerPass, keeper, found)
    }

    /// One update from one batch, as `trainOnBatch`.
    public func train(
        _ batch: borrowing Batch, loss: (any Loss)? = nil, classWeights: [Int: Float]? = nil, accumulate: Bool = false,
        microBatch: Int? = nil, batchNormalizationStatistics: BatchNormalizationStatistics = .microBatch
    ) throws {
        defer { endBatch() }
        try batchWillBegin(batch)
        try model.trainOnBatch(
            batch, loss: loss, classWeights: classWeights, accumulate: accumulate, microBatch: microBatch,
            batchNormalizationStatistics: batchNormalizationStatistics, sampleWeights: sampleWeights)
        try batchDidEnd(rows: batch.rowCount)
    }

    /// Tells callbacks that a batch begins; `endBatch` must follow while it lives.
    func batchWillBegin(_ batch: borrowing Batch) throws {
        batchRows = batch.rows
        for callback in callbacks { try callback.batchWillBegin(self) }
        learningRate = model.learningRate ?? 0
    }

    /// Forgets the rows of a batch, whose memory goes back.
    func endBatch() { batchRows = UnsafeBufferPointer(start: nil, count: 0) }

    func batchDidEnd(rows: Int) throws {
        step += 1
        samples += rows
        if !callbacks.isEmpty {
            let report = BatchReport(
                epoch: epoch, epochs: epochs, step: step, stepsPerEpoch: stepsPerEpoch, logs: session.figures.running,
                batchLoss: session.figures.batchLoss, learningRate: learningRate, rows: rows, seconds: seconds,
                waitSeconds: data?.feed.waitSeconds ?? 0, samples: samples)
            for callback in callbacks { try callback.batchDidEnd(report, self) }
        }
        if let data { try data.keeper?.batchDidEnd(self, data.feed) }
    }

    /// Seconds since the epoch began.
    var seconds: Double { earlierSeconds + epochBegan.secondsToNow }

    /// Ends an epoch that is not validated.
    public func endEpoch() throws { try endEpoch { nil } }

    /// Ends the epoch.
    ///
    /// - Parameter validation: figures on validation data. Computed between the hooks of validation, once the epoch's own
    ///   figures are taken, and not at all when the run is interrupted.
    public func endEpoch(validation: @autoclosure () throws -> Logs) throws {
        hasValidation = true
        try endEpoch {
            for callback in callbacks { try callback.validationWillBegin(self) }
            let logs = try validation()
            for callback in callbacks { try callback.validationDidEnd(logs, self) }
            return logs
        }
    }

    func endEpoch(_ validate: () throws -> Logs?) throws {
        if let data {
            try data.feed.reportBadBlocks(to: self)
            try data.keeper?.epochWillEnd(self, data.feed)
        }
        let logs = session.figures.running
        let (seconds, data) = (seconds, data?.feed.statistics ?? StreamStatistics())
        let validation = isInterrupted ? nil : try validate()
        var report = EpochReport(
            epoch: epoch, epochs: epochs, steps: step, logs: logs, validation: validation, samples: samples,
            seconds: seconds, data: data, peakResidentBytes: ProcessMemory.peakResidentBytes,
            planning: session.planningCost)
        for callback in callbacks { try callback.epochDidEnd(&report, self) }
        history.append(report)
    }

    /// Tells callbacks that the run has ended. All checkpoints are on the disk then.
    public func end() throws {
        try data?.keeper?.finish()
        for callback in callbacks { try callback.trainDidEnd(self) }
    }

    /// Tells callbacks that an error ends the run. `fit` does so; a loop of one's own may.
    public func fail(_ error: any Error) {
        for callback in callbacks { callback.trainDidFail(error, self) }
    }
}

/// How far a run is, within an epoch.
struct RunPosition: Equatable {
    var epoch: Int
    var step: Int
    var samples: Int
    /// Since the epoch began.
    var seconds: Double
    /// Whether the epoch is the last one.
    var isStopRequested: Bool
}

extension TrainingRun {
    /// Where the run is; an interrupt is none of it.
    var position: RunPosition {
        RunPosition(epoch: epoch, step: step, samples: samples, seconds: seconds, isStopRequested: isStopRequested)
    }

    /// Goes on within an epoch, after `begin`: the next call of `beginEpoch` tells callbacks nothing, since it did so
    /// when the epoch began.
    func resume(at position: RunPosition, history: History) {
        (epoch, step, samples) = (position.epoch, position.step, position.samples)
        earlierSeconds = position.seconds
        isStopRequested = position.isStopRequested
        self.history = history
        isResuming = true
    }
}
