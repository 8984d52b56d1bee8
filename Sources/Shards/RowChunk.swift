package import Memory

/// Rows in memory, column by column: what converters read, blocks are made of and readers return.
///
/// Rows are appended one at a time (`append` for each column in any order, then `endRow`, or `dropRow` when the row turns
/// out to be bad) or many at once (`extend`). One thread at a time.
package final class RowChunk: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: handed from thread to thread, used by one at a time.

    /// The values of one column.
    package struct Values {
        /// The values of all rows, one row after the other.
        package let bytes = GrowableBytes()

        /// For a ragged column, where each row ends in `bytes`; empty for others.
        package fileprivate(set) var ends: [Int] = []
    }

    package let columns: [ShardColumn]
    package private(set) var values: [Values]

    /// Where each row of a shuffle was in the order before it, rounded to 32 bits; empty for rows in their own order.
    package private(set) var places: [Float] = []

    /// Whole rows.
    package private(set) var rowCount = 0

    /// No rows.
    package init(_ columns: [ShardColumn]) {
        self.columns = columns
        values = columns.map { _ in Values() }
    }

    /// Bytes of all values.
    package var byteCount: Int { values.reduce(0) { $0 + $1.bytes.count } }

    /// Bytes held from the system.
    package var capacity: Int {
        values.reduce(4 * places.capacity) { $0 + $1.bytes.capacity + 8 * $1.ends.capacity }
    }

    /// Where the values of a row lie in its column's bytes.
    package func range(ofRow row: Int, column: Int) -> Range<Int> {
        guard columns[column].isRagged else {
            return row * columns[column].itemBytes..<(row + 1) * columns[column].itemBytes
        }
        return (row == 0 ? 0 : values[column].ends[row - 1])..<values[column].ends[row]
    }

    /// Where the values of several rows lie in their column's bytes.
    package func range(ofRows rows: Range<Int>, column: Int) -> Range<Int> {
        guard !rows.isEmpty else { return 0..<0 }
        return range(ofRow: rows.lowerBound, column: column)
            .lowerBound..<range(ofRow: rows.upperBound - 1, column: column).upperBound
    }

    /// The bytes of a row in a column; valid until the chunk changes.
    package subscript(row: Int, column: Int) -> UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(rebasing: values[column].bytes.bytes[range(ofRow: row, column: column)])
    }

    /// Adds a value to the row that is being built: all bytes of the row in that column.
    package func append(_ value: UnsafeRawBufferPointer, column: Int) {
        unsafe extend(column: column, by: value.count).copyMemory(from: value)
    }

    /// Room for a value of the row that is being built, to be filled by the caller at once.
    package func extend(column: Int, by byteCount: Int) -> UnsafeMutableRawBufferPointer {
        unsafe values[column].bytes.extend(by: byteCount)
    }

    /// Ends the row that is being built: every column has got its value.
    package func endRow() {
        for column in columns.indices {
            let start = rowCount == 0 ? 0 : range(ofRow: rowCount - 1, column: column).upperBound
            let added = values[column].bytes.count - start
            let item = columns[column].itemBytes
            precondition(
                columns[column].isRagged ? added % item == 0 : added == item,
                "RowChunk: column \(columns[column].name) got \(added) bytes for a row of items of \(item)")
            if columns[column].isRagged { values[column].ends.append(values[column].bytes.count) }
        }
        rowCount += 1
    }

    /// Ends the row that is being built, and notes where it was before a shuffle.
    package func endRow(place: Float) {
        precondition(places.count == rowCount, "RowChunk: \(places.count) places of \(rowCount) rows")
        places.append(place)
        endRow()
    }

    /// Forgets the row that is being built.
    package func dropRow() {
        for column in columns.indices {
            let end = rowCount == 0 ? 0 : range(ofRow: rowCount - 1, column: column).upperBound
            values[column].bytes.truncate(to: end)
        }
    }

    /// Ends several rows at once, whose values were all appended column by column. `lengths` are, for each ragged
    /// column in the order of `columns`, the bytes of each row.
    package func endRows(_ count: Int, lengths: [[Int]] = []) {
        var ragged = 0
        for column in columns.indices {
            let start = rowCount == 0 ? 0 : range(ofRow: rowCount - 1, column: column).upperBound
            var end = start
            if columns[column].isRagged {
                precondition(
                    lengths[ragged].count == count,
                    "RowChunk: \(lengths[ragged].count) lengths of \(count) rows")
                values[column].ends.reserveCapacity(rowCount + count)
                for length in lengths[ragged] {
                    end += length
                    values[column].ends.append(end)
                }
                ragged += 1
            } else {
                end += count * columns[column].itemBytes
            }
            precondition(
                end == values[column].bytes.count,
                "RowChunk: column \(columns[column].name) holds \(values[column].bytes.count) bytes, expected \(end)")
        }
        rowCount += count
    }

    /// Adds copies of rows of another chunk with the same columns.
    package func append(rows: Range<Int>, of other: RowChunk) {
        guard !rows.isEmpty else { return }
        for column in columns.indices {
            let range = other.range(ofRows: rows, column: column)
            let shift = values[column].bytes.count - range.lowerBound
            unsafe values[column].bytes.append(
                UnsafeRawBufferPointer(rebasing: other.values[column].bytes.bytes[range]))
            if columns[column].isRagged {
                values[column].ends.append(contentsOf: other.values[column].ends[rows].lazy.map { $0 + shift })
            }
        }
        if !other.places.isEmpty { places.append(contentsOf: other.places[rows]) }
        rowCount += rows.count
    }

    /// Forgets all rows; the room stays.
    package func removeAll() {
        for column in columns.indices {
            values[column].bytes.truncate(to: 0)
            values[column].ends.removeAll(keepingCapacity: true)
        }
        places.removeAll(keepingCapacity: true)
        rowCount = 0
    }
}
