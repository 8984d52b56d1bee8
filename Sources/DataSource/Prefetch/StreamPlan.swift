import Memory

/// What a stream holds in memory: fixed before it starts, and granted by the ledger at once.
public struct StreamPlan: Sendable {
    /// Blocks from which samples are drawn at once; under `exact`, decoded blocks that are kept.
    public let liveBlocks: Int

    /// Bytes of the live blocks: the account `window`.
    public let windowBytes: Int

    /// Bytes of blocks that are decoded ahead, and of the workers' scratch memory: the account `decode`.
    public let decodeBytes: Int

    /// Batches that are filled, ready or on loan at once, at most.
    public let batchSlots: Int

    /// Bytes of those batches: the account `queue`.
    public let queueBytes: Int

    /// All bytes.
    public var totalBytes: Int { windowBytes + decodeBytes + queueBytes }

    /// Samples of a batch, at most: never more than there are rows.
    let batchSize: Int
    let rules: OrderRules
    let blockSlots: Int
    let segmentRows: Int

    /// Whether all blocks are live from the start: then each is decoded once and serves every epoch.
    let keepsBlocks: Bool

    /// Whether rows are read one by one, without their blocks.
    let readsSingleRows: Bool
    let blockLayout: BlockLayout
    let batchLayout: BatchLayout

    /// One row of all columns, as `exact` collects rows before they are converted.
    let rowLayout: BlockLayout

    /// A segment longer than this is cut, so that several workers share the filling of one batch.
    private static let segmentBytes = 1 << 19

    /// What a slot holds for each sample beside the columns: where the row is, and its number in the source.
    private static let sampleBytes = MemoryLayout<PrefetchSchedule.Pick>.stride + MemoryLayout<Int>.stride

    /// Plans a stream of `source`, without starting it.
    public init(_ source: some Source, options: BatchOptions) {
        precondition(
            options.batchSize > 0 && options.decodeWorkers > 0 && !options.epochs.isEmpty,
            "BatchOptions: batch size \(options.batchSize), workers \(options.decodeWorkers), epochs \(options.epochs)")
        let blocks = source.blocks
        let workers = options.decodeWorkers
        // Whatever is asked for, a batch has at most all rows: memory is taken for those alone.
        batchSize = min(options.batchSize, max(1, blocks.rowCount))
        blockLayout = BlockLayout(source.columns, largestRowCount: blocks.largestRowCount)
        rowLayout = BlockLayout(source.columns, largestRowCount: 1)
        batchLayout = BatchLayout(
            inputs: source.inputs, targets: source.targets, sampleWeight: source.sampleWeight,
            inputTypes: options.inputTypes, targetTypes: options.targetTypes, batchSize: batchSize,
            seed: options.seed, augments: options.augments)
        rules = OrderRules(
            source, policy: options.shuffle, seed: options.seed, windowBytes: options.windowBytes,
            blockBytes: blockLayout.byteCount)
        segmentRows = max(1, min(batchSize, Self.segmentBytes / max(1, batchLayout.byteCount / batchSize)))
        let workerBytes =
            workers
            * (source.readerBytes + RowAddresses.byteCount(capacity: segmentRows) + batchLayout.augmentationBytes)
        if options.shuffle == .exact {
            // A worker holds on to one block at a time, so there is always one that can make room.
            readsSingleRows = source.readsSingleRows
            let kept = max(workers, min(blocks.count, options.windowBytes / max(1, blockLayout.byteCount)))
            liveBlocks = readsSingleRows ? 0 : kept
            keepsBlocks = kept >= blocks.count
            blockSlots = liveBlocks
            decodeBytes = workerBytes + workers * segmentRows * rowLayout.byteCount + source.sharedBytes
        } else {
            readsSingleRows = false
            liveBlocks = rules.liveBlocks
            keepsBlocks = liveBlocks == blocks.count && !source.isSequential
            // One block being decoded by each worker, and one more each that is ready when a live block is used up.
            let ahead = keepsBlocks ? 0 : 2 * workers
            blockSlots = liveBlocks + ahead
            decodeBytes = ahead * blockLayout.byteCount + workerBytes + source.sharedBytes
        }
        windowBytes = liveBlocks * blockLayout.byteCount
        let slotBytes = batchLayout.byteCount + batchSize * Self.sampleBytes
        let batchesOfEpoch = (blocks.rowCount + batchSize - 1) / batchSize
        batchSlots = max(
            2, min(options.queueBytes / slotBytes, batchesOfEpoch * min(options.epochs.count, 1 << 12), 1 << 12))
        queueBytes = batchSlots * slotBytes
    }
}
