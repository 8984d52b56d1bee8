import Memory

/// What a stream holds in memory: fixed before it starts, and granted by the ledger at once.
public struct StreamPlan: Sendable {
    /// Blocks from which samples are drawn at once.
    public let liveBlocks: Int

    /// Bytes of the live blocks: the account `window`.
    public let windowBytes: Int

    /// Bytes of blocks that are decoded ahead, and of the workers' scratch memory: the account `decode`.
    public let decodeBytes: Int

    /// Batches that are filled, ready or on loan at once.
    public let batchSlots: Int

    /// Bytes of those batches: the account `queue`.
    public let queueBytes: Int

    /// All bytes.
    public var totalBytes: Int { windowBytes + decodeBytes + queueBytes }

    let blockSlots: Int
    let segmentRows: Int

    /// Whether all blocks are live from the start: then each is decoded once and serves every epoch.
    let keepsBlocks: Bool
    let blockLayout: BlockLayout
    let batchLayout: BatchLayout

    /// A segment longer than this is cut, so that several workers share the filling of one batch.
    private static let segmentBytes = 1 << 19

    /// Plans a stream of `source`, without starting it.
    public init(_ source: some Source, options: BatchOptions) {
        precondition(
            options.batchSize > 0 && options.decodeWorkers > 0 && !options.epochs.isEmpty,
            "BatchOptions: batch size \(options.batchSize), workers \(options.decodeWorkers), epochs \(options.epochs)")
        let blocks = source.blocks
        blockLayout = BlockLayout(source.columns, largestRowCount: blocks.largestRowCount)
        batchLayout = BatchLayout(
            inputs: source.inputs, targets: source.targets, sampleWeight: source.sampleWeight,
            targetTypes: options.targetTypes, batchSize: min(options.batchSize, max(1, blocks.rowCount)))
        liveBlocks = OrderCursor.liveLimit(
            policy: options.shuffle, windowBytes: options.windowBytes, blockBytes: blockLayout.byteCount,
            blockCount: blocks.count)
        keepsBlocks = liveBlocks == blocks.count
        // One block being decoded by each worker, and one more each that is ready when a live block is used up.
        let ahead = keepsBlocks ? 0 : 2 * options.decodeWorkers
        blockSlots = liveBlocks + ahead
        windowBytes = liveBlocks * blockLayout.byteCount
        decodeBytes =
            ahead * blockLayout.byteCount + options.decodeWorkers * source.readerBytes + source.sharedBytes
        let batchesOfEpoch = (blocks.rowCount + options.batchSize - 1) / options.batchSize
        batchSlots = max(
            2,
            min(
                options.queueBytes / batchLayout.byteCount, batchesOfEpoch * min(options.epochs.count, 1 << 12), 1 << 12
            ))
        queueBytes = batchSlots * batchLayout.byteCount
        let rowBytes = max(1, batchLayout.byteCount / max(1, min(options.batchSize, blocks.rowCount)))
        segmentRows = max(1, min(options.batchSize, Self.segmentBytes / rowBytes))
    }
}
