/// Whether byte-shuffling a column's elements pays: found out once for a dataset, from its first rows.
package enum ShuffleChoice {
    /// Shuffling takes time on every read, so that it must save this share of a column's stored bytes.
    package static let leastSaving = 0.02

    /// Blocks that are tried: enough for a choice, few enough not to be felt.
    private static let mostBlocks = 32

    /// For each column, whether it is smaller by `leastSaving` when it is shuffled. Rows behind the first 32 blocks do
    /// not count; without rows nothing is shuffled.
    package static func choose(_ rows: RowChunk, blockRows: Int, level: Int) throws(ShardError) -> [Bool] {
        let candidates = rows.columns.map(ShardSchema.canShuffle)
        guard candidates.contains(true), rows.rowCount > 0 else { return candidates.map { _ in false } }
        let plain = try storedBytes(rows, candidates.map { _ in false }, blockRows, level)
        let shuffled = try storedBytes(rows, candidates, blockRows, level)
        return rows.columns.indices.map { column in
            candidates[column] && Double(shuffled[column]) <= (1 - leastSaving) * Double(plain[column])
        }
    }

    private static func storedBytes(
        _ rows: RowChunk, _ isShuffled: [Bool], _ blockRows: Int, _ level: Int
    ) throws(ShardError) -> [Int] {
        let encoder = BlockEncoder(
            try ShardSchema(rows.columns, isShuffled: isShuffled, blockRows: blockRows), level: level)
        let block = EncodedBlock()
        var sums = rows.columns.map { _ in 0 }
        for first in stride(from: 0, to: rows.rowCount, by: blockRows).prefix(mostBlocks) {
            try encoder.encode(first..<min(first + blockRows, rows.rowCount), of: rows, into: block)
            for column in sums.indices { sums[column] += Int(block.frames[column].storedBytes) }
        }
        return sums
    }
}
