/// The cut of a dataset's rows into blocks: the unit of decoding and of block shuffling.
///
/// Blocks of equal size take no memory; others 8 bytes each.
public struct BlockTable: Sendable, Hashable {
    // The first row of each block, then the number of rows: ascending. Empty for blocks of equal size.
    private let bounds: [Int]
    private let rowsPerBlock: Int

    /// The number of blocks.
    public let count: Int

    /// All rows.
    public let rowCount: Int

    /// Rows of the largest block.
    public let largestRowCount: Int

    /// Blocks that start at these rows; `bounds` ends with the number of rows.
    public init(bounds: [Int]) {
        precondition(
            bounds.first == 0 && zip(bounds, bounds.dropFirst()).allSatisfy { $0 < $1 },
            "BlockTable: bounds must ascend from 0")
        let rowCount = bounds[bounds.count - 1]
        let first = bounds.count > 1 ? bounds[1] : 1
        // One table of the same blocks is equal to another, however it was made.
        let isEven = bounds.indices.allSatisfy { bounds[$0] == min($0 * first, rowCount) }
        self.init(bounds: isEven ? [] : bounds, rowCount: rowCount, rowsPerBlock: isEven ? first : 0)
    }

    /// Blocks of `rowsPerBlock` rows; the last one may be shorter.
    public init(rowCount: Int, rowsPerBlock: Int) {
        precondition(
            rowCount >= 0 && rowsPerBlock > 0, "BlockTable: \(rowCount) rows in blocks of \(rowsPerBlock)")
        self.init(bounds: [], rowCount: rowCount, rowsPerBlock: max(1, min(rowsPerBlock, rowCount)))
    }

    private init(bounds: [Int], rowCount: Int, rowsPerBlock: Int) {
        self.bounds = bounds
        self.rowCount = rowCount
        self.rowsPerBlock = rowsPerBlock
        if bounds.isEmpty {
            count = (rowCount + rowsPerBlock - 1) / rowsPerBlock
            largestRowCount = min(rowsPerBlock, rowCount)
        } else {
            count = bounds.count - 1
            largestRowCount = zip(bounds, bounds.dropFirst()).map { $1 - $0 }.max() ?? 0
        }
    }

    /// The blocks of several datasets one after the other; none spans two of them.
    init(concatenating tables: [BlockTable]) {
        if tables.count == 1 {
            self = tables[0]
            return
        }
        var bounds = [0]
        bounds.reserveCapacity(1 + tables.reduce(0) { $0 + $1.count })
        var first = 0
        for table in tables {
            for block in 0..<table.count { bounds.append(first + table[block].upperBound) }
            first += table.rowCount
        }
        self.init(bounds: bounds)
    }

    /// The rows of block `index`.
    public subscript(index: Int) -> Range<Int> {
        guard bounds.isEmpty else { return bounds[index]..<bounds[index + 1] }
        precondition(index >= 0 && index < count, "BlockTable: block \(index) of \(count)")
        return index * rowsPerBlock..<min(index * rowsPerBlock + rowsPerBlock, rowCount)
    }

    /// The block in which a row lies.
    public func index(of row: Int) -> Int {
        precondition(row >= 0 && row < rowCount, "BlockTable: row \(row) of \(rowCount)")
        guard !bounds.isEmpty else { return row / rowsPerBlock }
        var (low, high) = (0, count - 1)
        while low < high {
            let middle = (low + high + 1) / 2
            if bounds[middle] <= row { low = middle } else { high = middle - 1 }
        }
        return low
    }

    /// The blocks of a range of rows, counted from its start; the first and last may be cut.
    public func rows(_ range: Range<Int>) -> BlockTable {
        precondition(
            range.lowerBound >= 0 && range.upperBound <= rowCount, "BlockTable: rows \(range) of \(rowCount)")
        guard !range.isEmpty else { return BlockTable(rowCount: 0, rowsPerBlock: 1) }
        let blocks = index(of: range.lowerBound)...index(of: range.upperBound - 1)
        return BlockTable(
            bounds: [0] + blocks.map { min(self[$0].upperBound, range.upperBound) - range.lowerBound })
    }
}
