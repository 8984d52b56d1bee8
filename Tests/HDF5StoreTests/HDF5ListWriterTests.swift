import HDF5Store
import Memory
import Testing

struct `Lists and number types that are written` {
    @Test(arguments: ScalarType.allCases) func `numbers come back in their type`(type: ScalarType) throws {
        let output = try TemporaryFile()
        let bytes = (0..<24 * type.byteCount).map { type == .bool ? UInt8($0 % 2) : UInt8($0) }
        let writer = try HDF5FileWriter(path: output.path, metadataBytes: 1 << 20)
        let rows = try writer.rows("x", type: type, rowShape: [2], chunkRows: 5, level: 3)
        try bytes.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try rows.append(bytes) }
        try rows.finish()
        let lists = try writer.lists("lists", .number(type))
        let ends = [0, 3, 3, 10, 24].map { $0 * type.byteCount }
        try bytes.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in
            try lists.append(bytes, ends: ends)
            try lists.append(UnsafeRawBufferPointer(rebasing: bytes[..<0]), ends: [0, 0])
        }
        try lists.finish()
        try bytes.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in
            try writer.write("all", type, shape: [24], bytes)
        }
        try writer.commit()
        let file = try HDF5File(path: output.path)
        #expect(try file.dataset("x").type.scalar == type && file.dataset("all").type.scalar == type)
        var reader = try HDF5RowReader(file.dataset("x"))
        let found = AlignedBuffer(byteCount: bytes.count)
        try reader.read(rows: 0..<12, into: found.bytes)
        #expect(Array(found.bytes) == bytes)
        let dataset = try file.dataset("lists")
        let kind = try #require(try dataset.raggedKind())
        #expect(kind == .list(type, isSwapped: false))
        var read: [[UInt8]] = []
        try dataset.readRagged(rows: 0..<dataset.rowCount, kind) { read.append(Array($0)) }
        let starts = [0] + ends.dropLast()
        #expect(read == zip(starts, ends).map { Array(bytes[$0..<$1]) } + [[], []])
    }

    @Test func `text comes back, however many rows are appended at a time`() throws {
        let output = try TemporaryFile()
        let texts = (0..<5000).map { String(repeating: "é\($0) ", count: $0 % 5) }
        let writer = try HDF5FileWriter(path: output.path)
        let lists = try writer.lists("group/text", .text)
        var first = 0
        for count in [1, 700, 1024, 2000, 1275] {
            let part = texts[first..<first + count].map { Array($0.utf8) + [0] }
            var end = 0
            let ends = part.map { text in
                end += text.count
                return end
            }
            let bytes = part.flatMap { $0 }
            try bytes.span.bytes.withUnsafeBytes { bytes throws(HDF5Error) in try lists.append(bytes, ends: ends) }
            first += count
        }
        #expect(lists.rowCount == 5000)
        try lists.finish()
        try writer.commit()
        let dataset = try HDF5File(path: output.path).dataset("group/text")
        #expect(try dataset.raggedKind() == .variableText)
        var read: [String] = []
        try dataset.readRagged(rows: 0..<5000, .variableText) { read.append(String(decoding: $0, as: UTF8.self)) }
        #expect(read == texts)
    }
}
