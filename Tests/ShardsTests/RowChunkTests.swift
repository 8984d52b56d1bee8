import Memory
import Shards
import Testing

struct `Row chunks` {
    private let columns = [ShardColumn("x", .uint16, rowShape: [2]), ShardColumn(bytes: "name")]

    private func chunk(_ names: [String]) -> RowChunk {
        let rows = RowChunk(columns)
        for (index, name) in names.enumerated() {
            withUnsafeBytes(of: (UInt16(index), UInt16(index + 1))) { rows.append($0, column: 0) }
            Array(name.utf8).withUnsafeBytes { rows.append($0, column: 1) }
            rows.endRow()
        }
        return rows
    }

    private func names(_ rows: RowChunk) -> [String] {
        (0..<rows.rowCount).map { String(decoding: rows[$0, 1], as: UTF8.self) }
    }

    @Test func `rows are what was appended`() {
        let rows = chunk(["a", "", "ccc"])
        #expect(names(rows) == ["a", "", "ccc"])
        #expect(rows.rowCount == 3)
        #expect(rows[2, 0].loadUnaligned(as: UInt16.self) == 2)
        #expect(rows.byteCount == 12 + 4)
    }

    @Test func `a dropped row leaves nothing`() {
        let rows = chunk(["a", "bb"])
        rows.extend(column: 1, by: 2).copyBytes(from: [7, 7])
        rows.dropRow()
        #expect(rows.byteCount == 8 + 3)
        #expect(names(rows) == ["a", "bb"])
    }

    @Test func `rows are copied between chunks`() {
        let rows = chunk(["x"])
        rows.append(rows: 1..<3, of: chunk(["a", "bb", "ccc", "d"]))
        #expect(names(rows) == ["x", "bb", "ccc"])
        #expect(rows[2, 0].loadUnaligned(as: UInt16.self) == 2)
    }

    @Test func `rows are ended many at once`() {
        let rows = chunk(["x"])
        rows.extend(column: 0, by: 8).initializeMemory(as: UInt8.self, repeating: 1)
        rows.extend(column: 1, by: 3).copyBytes(from: Array("abc".utf8))
        rows.endRows(2, lengths: [[1, 2]])
        #expect(names(rows) == ["x", "a", "bc"])
    }
}
