import Conversion
import Foundation
import Memory
import Shards
import Testing

@Suite struct MDSInputTests {
    private static let folder = Inputs.directory + "mds/"

    @Test(arguments: ["raw", "zstd"]) func `every encoding`(name: String) throws {
        let input = try makeRowInput(paths: [Self.folder + name])
        let rows = try Rows(input)
        #expect(
            Set(input.columns) == [
                ShardColumn("n", .int64), ShardColumn(bytes: "s", encoding: .text), ShardColumn(bytes: "b"),
                ShardColumn("f", .float32), ShardColumn("d", .float64), ShardColumn("h", .float16),
                ShardColumn("u", .uint8), ShardColumn(bytes: "image", encoding: .image),
                ShardColumn(bytes: "meta", encoding: .text), ShardColumn(ragged: "any", .float32, elementShape: [2]),
                ShardColumn("typed", .float32, rowShape: [3, 2]), ShardColumn("fixed", .int16, rowShape: [2, 3]),
            ])
        #expect(rows.count == 25 && input.rowCount == 25 && rows.rejected.isEmpty)
        for row in 0..<25 {
            #expect(rows.value(row, "n", as: Int64.self) == Int64(Inputs.base(row, 0) - 125))
            #expect(rows.bytes(row, "s") == Inputs.word(row))
            #expect(rows.bytes(row, "b") == Array(repeating: UInt8(row), count: row % 3))
            #expect(rows.value(row, "f", as: Float.self) == Float(row) / 8)
            #expect(rows.value(row, "d", as: Double.self) == Double(row) / 8)
            #expect(rows.bytes(row, "u") == [UInt8(row)])
            #expect(rows.bytes(row, "image").starts(with: [0xff, 0xd8, 0xff]))
            #expect(rows.bytes(row, "meta") == Array("{\"row\": \(row)}".utf8))
            #expect(rows.bytes(row, "any") == (0...row % 4).flatMap { Inputs.bytes(.float32, row: $0, columns: 0..<2) })
            let typed = rows.bytes(row, "typed").withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
            #expect(typed == (0..<6).map { Float(Inputs.base($0 / 2, $0 % 2) - 125) / 8 + Float(row) })
            let fixed = rows.bytes(row, "fixed").withUnsafeBytes { Array($0.bindMemory(to: Int16.self)) }
            #expect(fixed == (0..<6).map { Int16(Inputs.base($0 / 3, $0 % 3) - 125 + row) })
        }
        let rest = try Rows(input, at: rows.pieces[2].position)
        #expect(rest.everything == Array(rows.everything.suffix(rest.count)) && rest.count < 25)
    }

    @Test(arguments: [("L", []), ("RGB", [3]), ("RGBA", [4])] as [(String, [Int])])
    func `images of Pillow are their pixels`(mode: String, channels: [Int]) throws {
        let rows = try Rows(makeRowInput(paths: [Self.folder + "pil-" + mode]))
        #expect(rows.chunk.columns[0] == ShardColumn("image", .uint8, rowShape: Shape([2, 3] + channels)))
        #expect(rows.count == 5 && rows.rejected.isEmpty)
        let width = 3 * (channels.first ?? 1)
        for row in 0..<5 {
            let expected = (0..<2).flatMap { y in (0..<width).map { UInt8(Inputs.base(row + y, $0)) } }
            #expect(rows.bytes(row, "image") == expected)
            #expect(rows.value(row, "n", as: Int64.self) == Int64(row))
        }
    }

    @Test func `a damaged image of Pillow is a bad row or a named error`() throws {
        let scratch = try Scratch()
        try copy("pil-RGB", to: scratch)
        let index = String(decoding: try Data(contentsOf: URL(filePath: scratch.path + "index.json")), as: UTF8.self)
        _ = try scratch.write(index.replacing(#/"hashes": \{[^}]*\}/#, with: "\"hashes\": {}").utf8, to: "index.json")
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: scratch.path + "shard.00000.mds")))
        var refused = 0
        for place in bytes.indices {
            var changed = bytes
            changed[place] ^= 0x41
            _ = try scratch.write(changed, to: "shard.00000.mds")
            do {
                let rows = try Rows(makeRowInput(paths: [scratch.path]))
                #expect(rows.count + rows.rejected.count == 5)
                refused += rows.rejected.isEmpty ? 0 : 1
            } catch let error as DataErrorAlias {
                #expect(error.file != nil && !error.message.isEmpty)
                refused += 1
            }
        }
        // Width, height, length of the mode and the mode of each image at least.
        #expect(refused >= 5 * (12 + 3))
    }

    @Test func `offsets near the largest that the format has`() throws {
        let scratch = try Scratch()
        try copy("pil-RGB", to: scratch)
        let path = scratch.path + "shard.00000.mds"
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: path)))
        let last = bytes.count
        func integer(_ place: Int) -> Int { (0..<4).reduce(0) { $0 | Int(bytes[place + $1]) << (8 * $1) } }
        // The last sample lies behind a hole that fills the file to 4 GiB.
        let start = integer(4 + 4 * 4)
        let sample = Array(bytes[start..<last])
        let moved = (1 << 32) - 1 - sample.count
        for (slot, offset) in [(4, moved), (5, moved + sample.count)] {
            for byte in 0..<4 { bytes[4 + 4 * slot + byte] = UInt8(truncatingIfNeeded: offset >> (8 * byte)) }
        }
        let handle = try FileHandle(forWritingTo: URL(filePath: path))
        try handle.write(contentsOf: Data(bytes[..<start]))
        try handle.seek(toOffset: UInt64(moved))
        try handle.write(contentsOf: Data(sample))
        let index = String(decoding: try Data(contentsOf: URL(filePath: scratch.path + "index.json")), as: UTF8.self)
            .replacing(#/"hashes": \{[^}]*\}/#, with: "\"hashes\": {}")
            .replacing("\"bytes\": \(last)", with: "\"bytes\": \(moved + sample.count)")
        _ = try scratch.write(index.utf8, to: "index.json")
        let input = try makeRowInput(paths: [scratch.path])
        let rows = try Rows(input, at: [0, 4, moved])
        #expect(rows.count == 1 && rows.value(0, "n", as: Int64.self) == 4)
    }

    @Test func `pickles are refused by name, other columns can be chosen`() throws {
        let error = #expect(throws: DataErrorAlias.self) { try makeRowInput(paths: [Self.folder + "pickled"]) }
        #expect(error?.dataset == "p" && error?.message.contains("pickles") == true)
        var options = RowInputOptions()
        options.x = ["n"]
        #expect(try Rows(makeRowInput(paths: [Self.folder + "pickled"], options: options)).count == 1)
    }

    @Test func `an encoding whose layout is not known is refused by name`() throws {
        let scratch = try Scratch()
        try copy("raw", to: scratch)
        let index = String(decoding: try Data(contentsOf: URL(filePath: scratch.path + "index.json")), as: UTF8.self)
        _ = try scratch.write(index.replacing("\"jpeg\"", with: "\"jpeg_array\"").utf8, to: "index.json")
        let error = #expect(throws: DataErrorAlias.self) { try makeRowInput(paths: [scratch.path]) }
        #expect(error?.message.contains("jpeg_array") == true && error?.dataset == "image")
    }

    private func copy(_ name: String, to scratch: Scratch) throws {
        for file in try FileManager.default.contentsOfDirectory(atPath: Self.folder + name) {
            _ = try scratch.write(Data(contentsOf: URL(filePath: Self.folder + name + "/" + file)), to: file)
        }
    }

    @Test(arguments: [("raw", "shard.00001.mds"), ("zstd", "shard.00001.mds.zstd")])
    func `a changed byte is found by the hashes`(name: String, shard: String) throws {
        let scratch = try Scratch()
        try copy(name, to: scratch)
        var bytes = [UInt8](try Data(contentsOf: URL(filePath: scratch.path + shard)))
        bytes[bytes.count / 2] ^= 4
        let path = try scratch.write(bytes, to: shard)
        let input = try makeRowInput(paths: [scratch.path])
        let error = #expect(throws: DataErrorAlias.self) { try Rows(input) }
        #expect(error?.file == path && error?.message.contains("expected") == true)
    }

    @Test(arguments: ["raw", "zstd"]) func `damaged shards and indexes are named errors or bad rows`(name: String)
        throws
    {
        let scratch = try Scratch()
        try copy(name, to: scratch)
        // Without hashes, so that the damage goes through to the samples.
        let index = String(decoding: try Data(contentsOf: URL(filePath: scratch.path + "index.json")), as: UTF8.self)
        let bare = index.replacing(#/"hashes": \{[^}]*\}/#, with: "\"hashes\": {}")
        _ = try scratch.write(bare.utf8, to: "index.json")
        let shard = "shard.00000.mds" + (name == "zstd" ? ".zstd" : "")
        func tryAll() throws {
            do {
                let rows = try Rows(makeRowInput(paths: [scratch.path]))
                #expect(rows.rejected.allSatisfy { $0.file.hasPrefix(scratch.path) && $0.place.hasPrefix("sample ") })
            } catch let error as DataErrorAlias {
                #expect(error.file != nil && !error.message.isEmpty)
            }
        }
        let bytes = [UInt8](try Data(contentsOf: URL(filePath: scratch.path + shard)))
        try damaged(bytes, step: 211, count: 60) { changed in
            _ = try scratch.write(changed, to: shard)
            try tryAll()
        }
        _ = try scratch.write(bytes, to: shard)
        try damaged(Array(bare.utf8), step: 307, count: 40) { changed in
            _ = try scratch.write(changed, to: "index.json")
            try tryAll()
        }
    }
}
