/// What the workers of a stream have done, added up under the schedule's lock.
struct PrefetchTelemetry {
    /// One piece of a worker's work.
    struct Work {
        var worker: Int
        var blocks = 0
        var storedBytes = 0
        var decodedBytes = 0
        var filledBytes = 0
        var readSeconds = 0.0
        var decodeSeconds = 0.0
        var fillSeconds = 0.0

        init(worker: Int) { self.worker = worker }
    }

    /// More bad blocks than this are counted and not named.
    private static let mostNamed = 1000

    private(set) var total = Work(worker: 0)
    private(set) var busySeconds: [Double]
    private(set) var deliveries = 0
    private(set) var aheadSum = 0

    /// Errors of blocks, and of single rows, that were left out, each once.
    private(set) var badBlocks: [DataError] = []
    private(set) var badBlockCount = 0
    private var knownBad: Set<Int> = []
    private var knownBadRows: Set<Int> = []

    init(workers: Int) { busySeconds = Array(repeating: 0, count: workers) }

    mutating func add(_ work: Work) {
        total.blocks += work.blocks
        total.storedBytes += work.storedBytes
        total.decodedBytes += work.decodedBytes
        total.filledBytes += work.filledBytes
        total.readSeconds += work.readSeconds
        total.decodeSeconds += work.decodeSeconds
        total.fillSeconds += work.fillSeconds
        busySeconds[work.worker] += work.readSeconds + work.decodeSeconds + work.fillSeconds
    }

    /// A batch leaves the queue, in which `ahead` batches were ready or being filled.
    mutating func delivered(ahead: Int) {
        deliveries += 1
        aheadSum += ahead
    }

    /// Samples of a bad block are left out, or that of one `row` of a block.
    mutating func skip(_ error: DataError, row: Int? = nil) {
        if let row {
            // What is not remembered is not named either, so that a dataset of bad rows takes no memory.
            guard badBlocks.count < Self.mostNamed, knownBadRows.insert(row).inserted else { return }
            badBlocks.append(error)
            return
        }
        guard knownBad.insert(error.block ?? -1).inserted else { return }
        badBlockCount += 1
        if badBlocks.count < Self.mostNamed { badBlocks.append(error) }
    }
}

extension StreamStatistics {
    /// The workers' part of the figures.
    init(_ telemetry: PrefetchTelemetry) {
        storedBytesRead = telemetry.total.storedBytes
        readSeconds = telemetry.total.readSeconds
        blocksDecoded = telemetry.total.blocks
        decodedBytes = telemetry.total.decodedBytes
        decodeSeconds = telemetry.total.decodeSeconds
        filledBytes = telemetry.total.filledBytes
        fillSeconds = telemetry.total.fillSeconds
        workerBusySeconds = telemetry.busySeconds
        meanQueueFill =
            telemetry.deliveries > 0 ? Double(telemetry.aheadSum) / Double(telemetry.deliveries) : 0
        skippedBlocks = telemetry.badBlockCount
    }
}
