/// The cut of a dataset's rows into blocks: the unit of decoding and of block shuffling.
public struct BlockTable: Sendable, Hashable {
    // The first row of each block, then the number of rows: ascending.
    private let bounds: [Int]

    /// Rows of the largest block.
    public let largestRowCount: Int

    /// Blocks that start at these rows; `bounds` ends with the number of rows.
    public init(bounds: [Int]) {
        precondition(
            bounds.first == 0 && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 },
            "BlockTable: bounds must ascend from 0")
        self.bounds = bounds
        largestRowCount = zip(bounds, bounds.dropFirst()).map { $1 - $0 }.max() ?? 0
    }

    /// Blocks of `rowsPerBlock` rows; the last one may be shorter.
    public init(rowCount: Int, rowsPerBlock: Int) {
        precondition(
            rowCount >= 0 && rowsPerBlock > 0, "BlockTable: \(rowCount) rows in blocks of \(rowsPerBlock)")
        self.init(bounds: Array(stride(from: 0, to: rowCount, by: rowsPerBlock)) + (rowCount > 0 ? [rowCount] : [0]))
    }

    /// The blocks of several datasets one after the other; none spans two of them.
    init(concatenating tables: [BlockTable]) {
        var bounds = [0]
        bounds.reserveCapacity(1 + tables.reduce(0) { $0 + $1.count })
        var first = 0
        for table in tables {
            bounds += table.bounds.dropFirst().map { first + $0 }
            first += table.rowCount
        }
        self.init(bounds: bounds)
    }

    /// The number of blocks.
    public var count: Int { bounds.count - 1 }

    /// All rows.
    public var rowCount: Int { bounds[bounds.count - 1] }

    /// The rows of block `index`.
    public subscript(index: Int) -> Range<Int> { bounds[index]..<bounds[index + 1] }

    /// The blocks of a range of rows, counted from its start; the first and last may be cut.
    public func rows(_ range: Range<Int>) -> BlockTable {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= rowCount, "BlockTable: rows \(range) of \(rowCount)")
        let inside = bounds.filter { $0 > range.lowerBound && $0 < range.upperBound }
        let cut = range.isEmpty ? [range.lowerBound] : [range.lowerBound] + inside + [range.upperBound]
        return BlockTable(bounds: cut.map { $0 - range.lowerBound })
    }
}
