public import Memory
import Workers

/// Batches of a source, decoded ahead on worker threads.
///
/// The order of samples is a function of the source's blocks, `seed`, epoch, `shuffle` and `windowBytes`; workers and
/// queue change only the speed. Dropping the stream stops and joins its threads. Use it from one thread at a time.
public final class BatchStream {
    /// What the stream holds in memory.
    public let plan: StreamPlan

    private let core: PrefetchCore
    private let workers: [WorkerThread]
    private let begin = ContinuousClock.now
    private var batchCount = 0
    private var sampleCount = 0
    private var skippedCount = 0

    /// Seconds that the consumer has spent waiting in `next()`.
    public private(set) var waitSeconds = 0.0
    private var position: (epoch: Int, sample: Int)
    private var identity: DataIdentity?

    /// Starts the workers. All memory is granted by `ledger` here, and given back when the stream and its last batch are
    /// gone.
    ///
    /// With a state of another stream over the same data, this one goes on where that one was: the same batches follow as
    /// if it had never stopped. `options.epochs` are those of the whole run, as they were for the first stream.
    ///
    /// - Throws: `DataError` when the source has no rows, cannot be read in the order that `shuffle` asks for, or is not
    ///   the data of the state.
    public init(
        _ source: some Source, options: BatchOptions = BatchOptions(), resumingAt state: StreamState? = nil,
        ledger: MemoryLedger = MemoryLedger()
    ) throws(DataError) {
        guard source.rowCount > 0 else {
            throw DataError(dataset: source.columns.first?.name, "expected at least one row, found none")
        }
        guard !source.isSequential || options.shuffle != .exact else {
            throw DataError(
                "the exact shuffle needs rows in any order, and this source gives them from first to last only; "
                    + "use the window shuffle")
        }
        let plan = StreamPlan(source, options: options)
        if let state {
            let identity = try DataIdentity(source)
            try state.check(
                plan, identity: identity.text, augmentation: options.augments ? source.augmentation : nil,
                options: options)
            self.identity = identity
        }
        position = state.map { ($0.epoch, $0.sample) } ?? (options.epochs.lowerBound, 0)
        let core = PrefetchCore(
            source, plan: plan, options: options, epoch: position.epoch, sample: position.sample, ledger: ledger)
        self.plan = plan
        self.core = core
        workers = (0..<options.decodeWorkers).map { number in
            WorkerThread(name: "millrace-data\(number)") { PrefetchWorker(core, number: number).run() }
        }
    }

    deinit {
        core.monitor.update { $0.stop() }
        for worker in workers { worker.join() }
    }

    /// The next batch, or nil after the last. Waits until it is filled.
    ///
    /// An error in the data is thrown in place of the first batch that needs the bad block, and by every later call. Under
    /// `BadBlockPolicy.skip` a batch may have fewer samples than its size, or none.
    public func next() throws(DataError) -> Batch? {
        let delivery: PrefetchSchedule.Delivery
        var waited = 0.0
        if let ready = core.monitor.update({ $0.nextBatch() }) {
            delivery = ready
        } else {
            let start = ContinuousClock.now
            delivery = core.monitor.wait(in: PrefetchCore.consumerRoom) { $0.nextBatch() }
            waited = start.secondsToNow
            waitSeconds += waited
        }
        switch delivery {
        case .end:
            return nil
        case .failure(let error):
            throw error
        case .batch(var description):
            core.monitor.update { $0.tuner.didDeliver(hasWaited: waited > 0) }
            if !description.skippedRows.isEmpty { description = core.remove(description.skippedRows, of: description) }
            if description.isLastOfEpoch { core.monitor.update { $0.telemetry.endEpoch() } }
            batchCount += 1
            sampleCount += description.rowCount
            skippedCount += description.sampleCount - description.rowCount
            position = (description.epoch, description.firstSample + description.sampleCount)
            let address = core.batchAddress(description.slot)
            let extents =
                plan.batchLayout.isCut ? plan.batchLayout.cut(rowCount: description.rowCount, at: address) : []
            return Batch(
                description, layout: plan.batchLayout, address: address, rows: core.batchRows(description.slot),
                owner: core, extents: extents)
        }
    }

    /// The place behind the last batch that `next` returned: a stream that resumes there goes on with the batch after it.
    ///
    /// The first call hashes the source's description and its contents, and throws when they cannot be read: samples of
    /// them, which takes some milliseconds a file; HDF5 datasets of up to 4 MiB whole; and all bytes of an
    /// `ArraySource`, some tenths of a second for a gigabyte.
    public var state: StreamState {
        get throws(DataError) {
            StreamState(
                plan, identity: try dataIdentity().text,
                augmentation: core.options.augments ? core.source.augmentation : nil, options: core.options,
                epoch: position.epoch,
                sample: position.sample)
        }
    }

    private func dataIdentity() throws(DataError) -> DataIdentity {
        if let identity { return identity }
        let found = try DataIdentity(core.source)
        identity = found
        return found
    }

    /// What the stream has done so far.
    public var statistics: StreamStatistics {
        let (telemetry, activeWorkers, queueLimit) = core.monitor.update {
            ($0.telemetry, $0.tuner.workers, $0.tuner.batches)
        }
        var statistics = StreamStatistics(telemetry)
        statistics.waitSeconds = waitSeconds
        statistics.seconds = begin.secondsToNow
        statistics.batches = batchCount
        statistics.samples = sampleCount
        statistics.skippedSamples = skippedCount
        statistics.activeWorkers = activeWorkers
        statistics.queueLimit = queueLimit
        return statistics
    }

    /// Errors of the blocks, and of the single rows of others, that were skipped so far: each once, the first thousand;
    /// then one for each epoch that says how many more there were.
    public var badBlocks: [DataError] { core.monitor.update { $0.telemetry.badBlocks } }
}

extension Source {
    /// One epoch of batches.
    public func batches(
        of batchSize: Int, shuffle: ShufflePolicy = .window, seed: UInt64 = 0
    ) throws(DataError) -> BatchStream {
        var options = BatchOptions()
        options.batchSize = batchSize
        options.shuffle = shuffle
        options.seed = seed
        return try BatchStream(self, options: options)
    }
}
