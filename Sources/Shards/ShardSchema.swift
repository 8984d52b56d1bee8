internal import Memory

/// What every shard of a dataset has in common: its columns, which of them are byte-shuffled, and the rows of a block.
package struct ShardSchema: Sendable, Hashable {
    package let columns: [ShardColumn]

    /// For each column, whether its elements are byte-shuffled in front of compression.
    package let isShuffled: [Bool]

    /// Rows of every block but the last of a shard, which may have fewer.
    package let blockRows: Int

    /// Checks that the format can hold such columns; the error's kind is `invalid`, its path empty.
    package init(_ columns: [ShardColumn], isShuffled: [Bool]? = nil, blockRows: Int) throws(ShardError) {
        self.columns = columns
        self.isShuffled = isShuffled ?? columns.map { _ in false }
        self.blockRows = blockRows
        precondition(
            self.isShuffled.count == columns.count,
            "ShardSchema: \(self.isShuffled.count) shuffles of \(columns.count) columns")
        try check()
    }

    /// Whether a column's elements have more than one byte, so that shuffling changes anything.
    package static func canShuffle(_ column: ShardColumn) -> Bool { column.type.byteCount > 1 }

    private func check() throws(ShardError) {
        guard 1...ShardFormat.mostColumns ~= columns.count else {
            throw ShardError(
                .invalid, path: "", "expected 1 to \(ShardFormat.mostColumns) columns, found \(columns.count)")
        }
        guard 1...ShardFormat.mostBlockRows ~= blockRows else {
            throw ShardError(
                .invalid, path: "",
                "expected blocks of 1 to \(ShardFormat.mostBlockRows) rows, found \"block_rows\" \(blockRows)")
        }
        var names: Set<String> = []
        for (column, isShuffled) in zip(columns, isShuffled) {
            if let reason = Self.reason(against: column, isShuffled: isShuffled, blockRows: blockRows) {
                throw ShardError(.invalid, path: "", column: column.name, reason)
            }
            guard names.insert(column.name).inserted else {
                throw ShardError(.invalid, path: "", column: column.name, "two columns have this name; rename one")
            }
        }
    }

    private static func reason(against column: ShardColumn, isShuffled: Bool, blockRows: Int) -> String? {
        guard 1...ShardFormat.longestName ~= column.name.utf8.count, !column.name.utf8.contains(0) else {
            return
                "expected a name of 1 to \(ShardFormat.longestName) bytes without NUL, found \(column.name.utf8.count)"
        }
        guard column.rowShape.rank <= ShardFormat.mostExtents, column.rowShape.dimensions.allSatisfy({ $0 > 0 }) else {
            return "expected at most \(ShardFormat.mostExtents) extents above 0, found shape \(column.rowShape)"
        }
        if column.isBytes, column.type != .uint8 || !column.isRagged || column.rowShape.rank != 0 {
            return "a column of bytes is ragged and has no shape, found \(column.type.rawValue) \(column.rowShape)"
        }
        if column.encoding != nil, !column.isBytes { return "only a column of bytes has an encoding" }
        if isShuffled, !canShuffle(column) { return "elements of one byte cannot be shuffled" }
        var bytes = column.type.byteCount
        for extent in column.rowShape.dimensions + (column.isRagged ? [] : [blockRows]) {
            let (product, overflow) = bytes.multipliedReportingOverflow(by: extent)
            guard !overflow, product <= ShardFormat.largestFrame else {
                return "rows of shape \(column.rowShape) in blocks of \(blockRows) take more than the "
                    + "\(ShardFormat.largestFrame) bytes of a frame; make blocks of fewer rows"
            }
            bytes = product
        }
        return nil
    }

    /// Decoded bytes of a block's frame of a column of fixed shape.
    func fixedBytes(column: Int, rows: Int) -> Int { rows * columns[column].itemBytes }
}
