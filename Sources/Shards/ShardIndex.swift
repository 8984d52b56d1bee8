/// Where the frames of a shard lie: its seek table, checked against its schema.
struct ShardIndex: Sendable {
    /// The frames of all blocks, those of a block one after the other.
    let frames: [ShardFrame]

    /// Where each block begins in the file; behind the last, where the seek table begins.
    let offsets: [Int]

    /// Bytes of an index of so many frames and blocks.
    static func heldBytes(blocks: Int, columns: Int) -> Int {
        blocks * (columns * MemoryLayout<ShardFrame>.stride + MemoryLayout<Int>.stride)
    }

    /// Checks the entries of a table, the first of which is the schema's frame of `schemaBytes`; the table begins at
    /// `end`. All blocks have `blockRows` rows but the last, which may have fewer.
    ///
    /// Returns the rows of the last block, which columns of fixed shape tell; nil when there is none.
    static func checked(
        _ table: [ShardFrame], schema: ShardSchema, schemaBytes: Int, end: Int, path: String
    ) throws(ShardError) -> (ShardIndex, lastRows: Int?) {
        func damaged(_ message: String) -> ShardError { ShardError(.damaged, path: path, "seek table: \(message)") }
        let first = ShardFrame(
            storedBytes: UInt32(schemaBytes), contentBytes: 0, checksum: ShardFormat.emptyChecksum)
        guard table[0] == first else {
            throw damaged("the first entry is not the schema's frame of \(schemaBytes) bytes")
        }
        let columns = schema.columns.count
        guard (table.count - 1).isMultiple(of: columns) else {
            throw damaged("expected \(columns) frames a block, found \(table.count - 1) in all")
        }
        let blocks = (table.count - 1) / columns
        var offsets: [Int] = []
        offsets.reserveCapacity(blocks + 1)
        var offset = schemaBytes
        var lastRows: Int?
        for block in 0..<blocks {
            offsets.append(offset)
            for column in 0..<columns {
                let frame = table[1 + block * columns + column]
                let isLast = block == blocks - 1
                let rows = isLast ? nil : schema.blockRows
                guard let found = Self.rows(of: frame, column: column, schema: schema, rows: rows ?? lastRows) else {
                    throw ShardError(
                        .damaged, path: path, block: block, column: schema.columns[column].name,
                        "seek table: \(frame.storedBytes) stored and \(frame.contentBytes) decoded bytes cannot be "
                            + (rows.map { "\($0)" } ?? "1 to \(schema.blockRows)") + " rows of this column")
                }
                if isLast, !schema.columns[column].isRagged { lastRows = found }
                offset += Int(frame.storedBytes)
            }
        }
        guard offset == end else {
            throw damaged("frames of \(offset) bytes in all, found \(end) bytes in front of the table")
        }
        offsets.append(offset)
        return (ShardIndex(frames: Array(table.dropFirst()), offsets: offsets), lastRows)
    }

    /// The rows of a frame, or nil when it cannot have `rows` (nil: any number a block can have).
    private static func rows(of frame: ShardFrame, column: Int, schema: ShardSchema, rows: Int?) -> Int? {
        let content = Int(frame.contentBytes)
        guard content <= ShardFormat.largestFrame, frame.canHold else { return nil }
        let item = schema.columns[column].itemBytes
        if schema.columns[column].isRagged {
            let least = rows ?? 1
            let items = content - 4 - 4 * least
            // Without the number of rows only a bound can be checked: the frame itself says the rest.
            return items >= 0 && (rows == nil || items.isMultiple(of: item)) ? least : nil
        }
        let found = content / item
        guard content.isMultiple(of: item), 1...schema.blockRows ~= found, rows.map({ $0 == found }) ?? true else {
            return nil
        }
        return found
    }
}
