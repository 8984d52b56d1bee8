import Glibc
public import Memory
import Workers

/// What a stream has done so far.
public struct StreamStatistics: Sendable, Hashable {
    /// Seconds that the consumer spent waiting in `next()`.
    public var waitSeconds = 0.0

    /// Bytes read from files, as stored.
    public var storedBytesRead = 0

    /// Blocks decoded; in a run over several epochs a block counts each time.
    public var blocksDecoded = 0

    /// Batches and samples delivered.
    public var batches = 0
    public var samples = 0
}

/// Batches of a source, decoded ahead on worker threads.
///
/// The order of samples is a function of the source's blocks, `seed`, epoch, `shuffle` and `windowBytes`; workers and
/// queue change only the speed. Dropping the stream stops and joins its threads. Use it from one thread at a time.
public final class BatchStream {
    /// What the stream holds in memory.
    public let plan: StreamPlan

    private let core: PrefetchCore
    private let workers: [WorkerThread]
    private var counts = StreamStatistics()

    /// Starts the workers. All memory is granted by `ledger` here, and given back when the stream and its last batch are
    /// gone. Throws when the source has no rows.
    public init(
        _ source: some Source, options: BatchOptions = BatchOptions(), ledger: MemoryLedger = MemoryLedger()
    ) throws(DataError) {
        guard source.rowCount > 0 else {
            throw DataError(dataset: source.columns.first?.name, "expected at least one row, found none")
        }
        let plan = StreamPlan(source, options: options)
        let core = PrefetchCore(source, plan: plan, options: options, ledger: ledger)
        self.plan = plan
        self.core = core
        workers = (0..<options.decodeWorkers).map { number in
            WorkerThread(name: "millrace-data\(number)") { core.work() }
        }
    }

    deinit {
        core.monitor.update { $0.stop() }
        for worker in workers { worker.join() }
    }

    /// The next batch, or nil after the last. Waits until it is filled.
    ///
    /// An error in the data is thrown in place of the first batch that needs the bad block, and by every later call.
    public func next() throws(DataError) -> Batch? {
        let delivery: PrefetchSchedule.Delivery
        if let ready = core.monitor.update({ $0.nextBatch() }) {
            delivery = ready
        } else {
            let start = ContinuousClock.now
            delivery = core.monitor.wait(in: PrefetchCore.consumerRoom) { $0.nextBatch() }
            let waited = (ContinuousClock.now - start).components
            counts.waitSeconds += Double(waited.seconds) + Double(waited.attoseconds) * 1e-18
        }
        switch delivery {
        case .end:
            return nil
        case .failure(let error):
            throw error
        case .batch(let description):
            counts.batches += 1
            counts.samples += description.rowCount
            return Batch(
                description, layout: plan.batchLayout, address: core.batchAddress(description.slot), owner: core)
        }
    }

    /// What the stream has done so far.
    public var statistics: StreamStatistics {
        var statistics = counts
        (statistics.storedBytesRead, statistics.blocksDecoded) = core.monitor.update {
            ($0.storedBytesRead, $0.blocksDecoded)
        }
        return statistics
    }
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
