/// Which worker does what next: decode a block, fill a segment of a batch, wait or stop.
///
/// A value without threads or locks; `PrefetchCore` puts it behind a monitor. Blocks are decoded in the order in which
/// `OrderCursor` lets them in, across epochs, into a fixed number of block slots. Batches are filled in segments: runs of
/// consecutive samples whose blocks are all decoded, so that a segment that was handed out never waits. A segment ends
/// where the next block to come in is not ready yet; the slots of blocks that are used up go back when the segments that
/// draw from them are done, which frees room to decode exactly that block. So no batch size and window can lock each
/// other out, and what the samples are never depends on who is faster.
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
    }

    /// What a worker does.
    enum Action: Equatable {
        case decode(slot: Int, block: Int)
        case fill(Segment)
        case stop
    }

    /// What the consumer gets.
    enum Delivery {
        case batch(BatchDescription)
        case failure(DataError)
        case end
    }

    private enum BlockState {
        case free
        case decoding
        case ready
        case failed(DataError)
    }

    private struct BatchState {
        var description: BatchDescription
        var filled = 0
        // The error of the first row that has one: the same whoever finds it first.
        var failure: (row: Int, error: DataError)?
        var isGenerated = false
    }

    private let blocks: BlockTable
    private let batchSize: Int
    private let segmentRows: Int
    private let liveLimit: Int
    private let keepsBlocks: Bool
    private let policy: ShufflePolicy
    private let seed: UInt64
    private let epochs: Range<Int>
    private let picks: UnsafeMutablePointer<Pick>

    // Decoding.
    private var blockStates: [BlockState]
    private var freeBlocks: [Int]
    private var ahead = RingQueue<Int>()
    private var decodeOrder: EpochOrder
    private var decodePosition = 0
    private var draining: [(slot: Int, segment: Int)] = []

    // Drawing.
    private var cursor: OrderCursor
    private var current: Int?
    private var segmentCount = 0
    private var segmentsInWork: [Int] = []
    private var indexInEpoch = 0
    private var isGenerated = false

    // Batches.
    private var batches: [BatchState?]
    private var freeBatches: [Int]
    private var ready = RingQueue<Int>()
    private var failure: DataError?
    private var loans = 0
    private var isStopped = false

    /// Blocks decoded so far.
    private(set) var blocksDecoded = 0

    /// Stored bytes read so far.
    private(set) var storedBytesRead = 0

    /// A schedule for a plan; `picks` has room for a batch of rows in each batch slot.
    init(_ plan: StreamPlan, blocks: BlockTable, options: BatchOptions, picks: UnsafeMutablePointer<Pick>) {
        self.blocks = blocks
        self.picks = picks
        batchSize = options.batchSize
        segmentRows = plan.segmentRows
        liveLimit = plan.liveBlocks
        keepsBlocks = plan.keepsBlocks
        policy = options.shuffle
        seed = options.seed
        epochs = options.epochs
        blockStates = Array(repeating: .free, count: plan.blockSlots)
        freeBlocks = Array((0..<plan.blockSlots).reversed())
        batches = Array(repeating: nil, count: plan.batchSlots)
        freeBatches = Array((0..<plan.batchSlots).reversed())
        let order = EpochOrder(
            policy: options.shuffle, seed: options.seed, epoch: options.epochs.lowerBound, blockCount: blocks.count)
        decodeOrder = order
        cursor = OrderCursor(order, blocks: blocks, liveLimit: plan.liveBlocks)
    }

    // MARK: Workers

    /// The next thing to do, or nil to wait. Filling comes first: it frees blocks and feeds the consumer.
    mutating func nextAction() -> Action? {
        if isStopped { return .stop }
        if let segment = nextSegment() { return .fill(segment) }
        if let decode = nextDecode() { return decode }
        return isGenerated ? .stop : nil
    }

    /// A block was decoded, or failed.
    mutating func didDecode(slot: Int, storedBytes: Int, failure: DataError?) {
        blockStates[slot] = failure.map { .failed($0) } ?? .ready
        blocksDecoded += 1
        storedBytesRead += storedBytes
    }

    /// A segment's rows are in their batch, or some could not be converted.
    mutating func didFill(_ segment: Segment, failure: DataError?) {
        batches[segment.batchSlot]?.filled += segment.rowCount
        if let failure { fail(segment.batchSlot, row: segment.firstRow, failure) }
        segmentsInWork.removeAll { $0 == segment.id }
        let oldest = segmentsInWork.min() ?? segmentCount
        draining.removeAll { slot, last in
            guard last < oldest else { return false }
            blockStates[slot] = .free
            freeBlocks.append(slot)
            return true
        }
    }

    private mutating func nextDecode() -> Action? {
        guard !isGenerated, let slot = freeBlocks.last else { return nil }
        if decodePosition == blocks.count {
            guard !keepsBlocks, decodeOrder.epoch + 1 < epochs.upperBound else { return nil }
            decodeOrder = order(of: decodeOrder.epoch + 1)
            decodePosition = 0
        }
        let block = decodeOrder.block(at: decodePosition)
        // When all blocks stay, the slot is the block's number, so that later epochs find it.
        let target = keepsBlocks ? block : slot
        freeBlocks.removeLast()
        decodePosition += 1
        blockStates[target] = .decoding
        ahead.append(target)
        return .decode(slot: target, block: block)
    }

    private func order(of epoch: Int) -> EpochOrder {
        EpochOrder(policy: policy, seed: seed, epoch: epoch, blockCount: blocks.count)
    }

    // MARK: Drawing

    private mutating func nextSegment() -> Segment? {
        guard !isGenerated, let slot = openBatch(), let batch = batches[slot] else { return nil }
        let first = generatedRows
        let end = min(first + segmentRows, batch.description.rowCount)
        let base = slot * batchSize
        var row = first
        while row < end {
            if cursor.needsBlock {
                guard admitNext() else { break }
                continue
            }
            let draw = cursor.draw()
            if case .failed(let error) = blockStates[draw.tag] {
                // What was drawn for this segment is dropped with the batch.
                fail(slot, row: row, error)
                batches[slot]?.description.rowCount = first
                close(slot, isLastBatch: true)
                return nil
            }
            picks[base + row] = Pick(slot: Int32(draw.tag), ordinal: Int32(draw.ordinal))
            if draw.isLast, !keepsBlocks { draining.append((draw.tag, segmentCount)) }
            row += 1
        }
        guard row > first else { return nil }
        generatedRows = row
        let segment = Segment(
            id: segmentCount, batchSlot: slot, firstRow: first, rowCount: row - first, epoch: cursor.order.epoch)
        segmentsInWork.append(segmentCount)
        segmentCount += 1
        if row == batch.description.rowCount { close(slot, isLastBatch: false) }
        return segment
    }

    // Rows of the current batch that are in segments.
    private var generatedRows = 0

    private mutating func openBatch() -> Int? {
        if let current { return current }
        guard let slot = freeBatches.popLast() else { return nil }
        let position = blocks.rowCount - cursor.remaining
        let rows = min(batchSize, cursor.remaining)
        batches[slot] = BatchState(
            description: BatchDescription(
                slot: slot, rowCount: rows, epoch: cursor.order.epoch, indexInEpoch: indexInEpoch,
                isLastOfEpoch: rows == cursor.remaining, firstSample: position))
        ready.append(slot)
        current = slot
        generatedRows = 0
        indexInEpoch += 1
        return slot
    }

    private mutating func close(_ slot: Int, isLastBatch: Bool) {
        batches[slot]?.isGenerated = true
        current = nil
        if isLastBatch { isGenerated = true }
        guard cursor.remaining == 0, !isGenerated else { return }
        if cursor.order.epoch + 1 < epochs.upperBound {
            cursor = OrderCursor(order(of: cursor.order.epoch + 1), blocks: blocks, liveLimit: liveLimit)
            indexInEpoch = 0
        } else {
            isGenerated = true
        }
    }

    // Lets the next block in, if it is decoded or failed.
    private mutating func admitNext() -> Bool {
        if keepsBlocks, cursor.order.epoch > epochs.lowerBound {
            cursor.admit(tag: cursor.order.block(at: cursor.admitted))
            return true
        }
        guard let slot = ahead.first else { return false }
        switch blockStates[slot] {
        case .ready, .failed:
            _ = ahead.popFirst()
            cursor.admit(tag: slot)
            return true
        case .free, .decoding:
            return false
        }
    }

    private mutating func fail(_ slot: Int, row: Int, _ error: DataError) {
        if let known = batches[slot]?.failure, known.row <= row { return }
        batches[slot]?.failure = (row, error)
    }

    // MARK: Consumer

    /// The next batch in order, or nil to wait. A failure is delivered once its turn has come, and again on every call.
    mutating func nextBatch() -> Delivery? {
        if let failure { return .failure(failure) }
        guard let slot = ready.first, let batch = batches[slot] else {
            if isGenerated || isStopped { return .end }
            precondition(
                loans < batches.count, "BatchStream: all \(loans) batches are on loan; drop one before the next")
            return nil
        }
        guard batch.isGenerated, batch.filled == batch.description.rowCount else { return nil }
        _ = ready.popFirst()
        if let found = batch.failure {
            failure = found.error
            isStopped = true
            return .failure(found.error)
        }
        loans += 1
        return .batch(batch.description)
    }

    /// A batch came back.
    mutating func takeBack(_ slot: Int) {
        batches[slot] = nil
        freeBatches.append(slot)
        loans -= 1
    }

    /// The consumer leaves: workers stop after what they are doing.
    mutating func stop() { isStopped = true }
}
