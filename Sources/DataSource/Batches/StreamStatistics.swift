/// What a stream has done so far, stage by stage.
///
/// Seconds of reading, decoding and filling are those of all workers together: with two workers they grow by up to two
/// seconds in a second.
public struct StreamStatistics: Sendable, Hashable {
    /// Seconds that the consumer spent waiting in `next()`.
    public var waitSeconds = 0.0

    /// Bytes read from files, as stored: what goes into decoding.
    public var storedBytesRead = 0

    /// Seconds of reading them; 0 for sources that do not tell reading from decoding.
    public var readSeconds = 0.0

    /// Reads that were tried again after an error that may pass, as of a network file system.
    public var readRetries = 0

    /// Blocks decoded; in a run over several epochs a block counts each time.
    public var blocksDecoded = 0

    /// Bytes that decoding gave.
    public var decodedBytes = 0

    /// Seconds of decoding.
    public var decodeSeconds = 0.0

    /// Bytes put into batches.
    public var filledBytes = 0

    /// Seconds of gathering and converting rows.
    public var fillSeconds = 0.0

    /// Seconds since the stream began.
    public var seconds = 0.0

    /// Seconds in which each worker was reading, decoding or filling.
    public var workerBusySeconds: [Double] = []

    /// Workers that may be busy now, and batches that may be ahead now.
    public var activeWorkers = 0
    public var queueLimit = 0

    /// Batches that were ready or being filled when a batch was taken: the sum over all such moments, and how many.
    public var queueFillSum = 0
    public var queueFillCount = 0

    /// Batches that were ready or being filled when a batch was taken: the mean.
    public var meanQueueFill: Double { queueFillCount > 0 ? Double(queueFillSum) / Double(queueFillCount) : 0 }

    /// Batches and samples delivered.
    public var batches = 0
    public var samples = 0

    /// Blocks that were found not to decode, and samples that batches lack because of them, each time one was due.
    public var skippedBlocks = 0
    public var skippedSamples = 0

    /// The share of its time that each worker was busy.
    public var workerBusyShares: [Double] { workerBusySeconds.map { seconds > 0 ? $0 / seconds : 0 } }

    /// The figures of nothing.
    public init() {}

    /// What was done since `earlier`. Figures that describe a moment are those of now.
    public func since(_ earlier: StreamStatistics) -> StreamStatistics {
        var part = self
        part.waitSeconds -= earlier.waitSeconds
        part.storedBytesRead -= earlier.storedBytesRead
        part.readSeconds -= earlier.readSeconds
        part.readRetries -= earlier.readRetries
        part.blocksDecoded -= earlier.blocksDecoded
        part.decodedBytes -= earlier.decodedBytes
        part.decodeSeconds -= earlier.decodeSeconds
        part.filledBytes -= earlier.filledBytes
        part.fillSeconds -= earlier.fillSeconds
        part.seconds -= earlier.seconds
        for (worker, seconds) in earlier.workerBusySeconds.enumerated() { part.workerBusySeconds[worker] -= seconds }
        part.queueFillSum -= earlier.queueFillSum
        part.queueFillCount -= earlier.queueFillCount
        part.batches -= earlier.batches
        part.samples -= earlier.samples
        part.skippedSamples -= earlier.skippedSamples
        return part
    }
}
