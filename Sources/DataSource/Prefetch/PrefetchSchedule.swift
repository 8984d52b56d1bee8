/// Which worker does what next: decode a block, fill a segment of a batch, wait or stop.
///
/// A value without threads or locks; `PrefetchCore` puts it behind a monitor. Blocks are decoded in the order in which
/// `OrderCursor` lets them in, across epochs, into a fixed number of block slots. Batches are filled in segments: runs of
/// consecutive samples whose blocks are all decoded, so that a segment that was handed out never waits. A segment ends
/// where the next block to come in is not ready yet; the slots of blocks that are used up go back when the segments that
/// draw from them are done, which frees room to decode exactly that block. So no batch size and window can lock each
/// other out, and what the samples are never depends on who is faster.
///
/// Under the `exact` policy nothing is decoded ahead: a segment is a run of positions, and who fills it fetches the rows.
struct PrefetchSchedule {
    /// Where one sample comes from: a block slot, and which draw from that block it is.
    struct Pick {
        var slot: Int32
        var ordinal: Int32
    }

    /// A run of samples of one batch.
    struct Segment: Equatable {
        var id: Int
        var batchSlot: Int
        var firstRow: Int
        var rowCount: Int
        var epoch: Int

        /// The position of the first sample in its epoch.
        var firstSample: Int
    }

    /// What a worker does.
    enum Action: Equatable {
        /// Decode a block into a slot. `upcoming` is a block that will be decoded soon: its bytes may be asked for.
        case decode(slot: Int, block: Int, epoch: Int, upcoming: Int?)
        case fill(Segment)
        /// Do to a batch what takes all its rows.
        case finish(BatchDescription)
        /// Ask again: the state changed without anything to do, and the others must hear of it.
        case again
        case stop
    }

    /// What the consumer gets.
    enum Delivery {
        case batch(BatchDescription)
        case failure(DataError)
        case end
    }

    enum BlockState {
        case free
        case decoding
        case ready
        case failed(DataError)
    }

    struct BatchState {
        var description: BatchDescription
        var filled = 0
        // The error of the first row that has one: the same whoever finds it first.
        var failure: (row: Int, error: DataError)?
        var isGenerated = false
        /// Whether nothing is left to be done to the whole.
        var isFinished = false
    }

    let rules: OrderRules
    let batchSize: Int
    let segmentRows: Int
    let keepsBlocks: Bool
    let onBadBlock: BadBlockPolicy
    let epochs: Range<Int>

    /// Whether something is done to batches once all their rows are there.
    let finishesBatches: Bool
    let picks: UnsafeMutablePointer<Pick>
    var blocks: BlockTable { rules.blocks }

    // Decoding.
    var blockStates: [BlockState]
    var freeBlocks: [Int]
    var ahead = RingQueue<Int>()
    var decodeOrder: EpochOrder
    var decodePosition = 0
    var decodesInWork = 0
    var draining: [(slot: Int, segment: Int)] = []

    // Blocks that were live where the stream resumes: to be decoded, and slots that are not decoded yet.
    var restoring = RingQueue<(slot: Int, block: Int)>()
    var unrestored: Set<Int> = []

    // Drawing.
    var cursor: OrderCursor
    var current: Int?
    var rowsInSegments = 0
    var segmentCount = 0
    var segmentsInWork: [Int] = []
    var indexInEpoch = 0
    var isGenerated = false

    /// Samples left out and batches closed so far: what can change without anything to do for a worker.
    var changes = 0

    // Batches.
    var batches: [BatchState?]
    var freeBatches: [Int]

    /// Whether batches are being opened until none is free.
    var isRefilling = true
    var ready = RingQueue<Int>()

    // Batches that all rows are in, to be finished.
    var complete = RingQueue<Int>()
    var failure: DataError?
    var loans = 0
    var isStopped = false

    /// Workers that are decoding or filling, of those that may.
    var busyWorkers = 0
    var tuner: PrefetchTuner
    var telemetry: PrefetchTelemetry

    /// A schedule for a plan, from a position on; `picks` has room for a batch of rows in each batch slot.
    init(
        _ plan: StreamPlan, options: BatchOptions, picks: UnsafeMutablePointer<Pick>, epoch: Int, sample: Int
    ) {
        rules = plan.rules
        self.picks = picks
        batchSize = plan.batchSize
        segmentRows = plan.segmentRows
        keepsBlocks = plan.keepsBlocks
        onBadBlock = options.onBadBlock
        finishesBatches = plan.batchLayout.mixesSamples
        epochs = epoch..<options.epochs.upperBound
        blockStates = Array(repeating: .free, count: plan.blockSlots)
        freeBlocks = Array((0..<plan.blockSlots).reversed())
        batches = Array(repeating: nil, count: plan.batchSlots)
        freeBatches = Array((0..<plan.batchSlots).reversed())
        tuner = PrefetchTuner(
            mostWorkers: options.decodeWorkers, mostBatches: plan.batchSlots, isTuned: options.isTuned)
        telemetry = PrefetchTelemetry(workers: options.decodeWorkers)
        cursor = rules.cursor(of: epoch)
        decodeOrder = cursor.order
        if sample > 0 { restore(sample) }
    }
}
