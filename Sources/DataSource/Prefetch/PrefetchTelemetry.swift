/// What the workers of a stream have done, added up under the schedule's lock.
struct PrefetchTelemetry {
    /// One piece of a worker's work.
    struct Work {
        var worker: Int
        var blocks = 0
        var storedBytes = 0
        var retries = 0
        var decodedBytes = 0
        var filledBytes = 0
        var readSeconds = 0.0
        var decodeSeconds = 0.0
        var fillSeconds = 0.0

        init(worker: Int) { self.worker = worker }
    }

    /// More bad blocks and rows than this are counted and not named.
    private static let mostNamed = 1000

    private(set) var total = Work(worker: 0)
    private(set) var busySeconds: [Double]
    private(set) var deliveries = 0
    private(set) var aheadSum = 0

    /// Errors of blocks, and of single rows, that were left out, each once.
    private(set) var badBlocks: [DataError] = []
    private(set) var badBlockCount = 0

    // What was left out without a name since an epoch's end told of it; a row counts each time that it was due.
    private var namedCount = 0
    private var unnamedCount = 0
    private var knownBad: Set<Int> = []
    private var knownBadRows: Set<Int> = []

    init(workers: Int) { busySeconds = Array(repeating: 0, count: workers) }

    mutating func add(_ work: Work) {
        total.blocks += work.blocks
        total.storedBytes += work.storedBytes
        total.retries += work.retries
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
            guard !knownBadRows.contains(row) else { return }
            if namedCount < Self.mostNamed { knownBadRows.insert(row) }
            name(error)
            return
        }
        guard knownBad.insert(error.block ?? -1).inserted else { return }
        badBlockCount += 1
        name(error)
    }

    private mutating func name(_ error: DataError) {
        guard namedCount < Self.mostNamed else {
            unnamedCount += 1
            return
        }
        namedCount += 1
        badBlocks.append(error)
    }

    /// The end of an epoch: says how much was left out that no error names.
    mutating func endEpoch() {
        guard unnamedCount > 0 else { return }
        badBlocks.append(
            DataError(
                "and \(unnamedCount) more bad blocks and rows: the first \(Self.mostNamed) are named, all are counted"))
        unnamedCount = 0
    }
}

extension StreamStatistics {
    /// The workers' part of the figures.
    init(_ telemetry: PrefetchTelemetry) {
        storedBytesRead = telemetry.total.storedBytes
        readSeconds = telemetry.total.readSeconds
        readRetries = telemetry.total.retries
        blocksDecoded = telemetry.total.blocks
        decodedBytes = telemetry.total.decodedBytes
        decodeSeconds = telemetry.total.decodeSeconds
        filledBytes = telemetry.total.filledBytes
        fillSeconds = telemetry.total.fillSeconds
        workerBusySeconds = telemetry.busySeconds
        queueFillSum = telemetry.aheadSum
        queueFillCount = telemetry.deliveries
        skippedBlocks = telemetry.badBlockCount
    }
}
