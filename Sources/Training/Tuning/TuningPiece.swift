import DataSource
import Memory

/// What pieces of runs stream: the data, and a window that is soon full.
///
/// A window of hundreds of megabytes takes longer to fill than a piece lasts. A row of a smaller one costs the same: it
/// is decoded once an epoch and gathered from memory. Data that the planned window holds as a whole are decoded once
/// for all epochs; then a piece takes as many of their rows as its window holds as a whole, which costs nothing after
/// the first pass either.
struct TuningPiece {
    /// Decoded bytes that are in memory after a fraction of a second.
    private static let mostBytes = 8 << 20

    /// What a piece trains on.
    let source: any Source
    let windowBytes: Int
    /// Whether the planned window holds all of the data.
    let isWhole: Bool
    /// A window that does not hold all of the data, where they have more than one block: each epoch decodes them anew.
    let decodingWindowBytes: Int

    init(_ source: any Source, _ options: BatchOptions) {
        let plan = StreamPlan(source, options: options)
        let count = source.blocks.count
        isWhole = plan.liveBlocks == count && !source.isSequential
        let blockBytes = max(1, plan.windowBytes / max(1, plan.liveBlocks))
        let fitting = max(1, Self.mostBytes / blockBytes)
        decodingWindowBytes =
            options.shuffle == .exact ? options.windowBytes : blockBytes * max(1, min(fitting, count / 2))
        // An exact shuffle keeps what its window holds and decodes the rest again and again: the size is the speed.
        guard options.shuffle != .exact else {
            (self.source, windowBytes) = (source, options.windowBytes)
            return
        }
        guard isWhole, fitting < count else {
            self.source = source
            windowBytes = min(options.windowBytes, isWhole ? plan.windowBytes : blockBytes * fitting)
            return
        }
        let rows = source.blocks[fitting - 1].upperBound
        self.source = rows >= options.batchSize ? source.rows(0..<rows) : source
        windowBytes = rows >= options.batchSize ? blockBytes * fitting : plan.windowBytes
    }
}
