internal import Shards

/// Where a block of rows ends: after the rows of the schema, or earlier where ragged rows are long.
///
/// A block may end early only with its shard, as all but the last of a shard have equally many rows. So one long row among
/// short ones does not count: what ends a block are the ragged values of all its rows but the longest. A block then takes
/// no more than `limit` and the two longest of its rows. Where it ends depends on the rows alone.
struct BlockCut {
    /// So many times the size of a block that was asked for a block may have at least.
    static let mostBlocks = 4

    /// This part of a shard a block may have at least, so that shards that end early are no less.
    private static let partsOfShard = 64

    private let mostRows: Int
    private let limit: Int
    private let ragged: [Int]
    private let fixedBytes: Int
    private var raggedBytes = 0
    private var largest = 0

    /// Rows so far.
    private(set) var rowCount = 0

    /// Whether no row may follow.
    private(set) var isWhole = false

    /// A block without rows.
    init(_ schema: ShardSchema, _ options: ConversionOptions) {
        mostRows = schema.blockRows
        limit = max(Self.mostBlocks * options.blockBytes, options.shardBytes / Self.partsOfShard)
        ragged = schema.columns.indices.filter { schema.columns[$0].isRagged }
        fixedBytes = schema.columns.reduce(0) { $0 + ($1.isRagged ? 0 : $1.itemBytes) }
    }

    /// Bytes of the rows so far, before compression.
    var byteCount: Int { rowCount * fixedBytes + raggedBytes }

    /// Takes rows of a chunk until the block is whole; returns the end of those that were taken.
    mutating func take(_ rows: Range<Int>, of chunk: RowChunk) -> Int {
        precondition(!isWhole, "BlockCut: rows behind the end of a block")
        let last = min(rows.upperBound, rows.lowerBound + mostRows - rowCount)
        guard !ragged.isEmpty else {
            rowCount += last - rows.lowerBound
            isWhole = rowCount == mostRows
            return last
        }
        var end = rows.lowerBound
        while end < last, !isWhole {
            let bytes = ragged.reduce(0) { $0 + chunk.range(ofRow: end, column: $1).count }
            raggedBytes += bytes
            largest = max(largest, bytes)
            rowCount += 1
            end += 1
            isWhole = rowCount == mostRows || raggedBytes - largest >= limit
        }
        return end
    }
}
