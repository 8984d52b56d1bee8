import Foundation
import HDF5Store
import Memory
import Shards
import Testing

/// Datasets of shards as `--data`.
@Suite struct ShardDataTests {
    /// Writes the rows of a fixture as shards; `column` and `bytes` say what the images become.
    private func convert(
        _ file: String = Fixture.train, to name: String, in scratch: Scratch,
        as column: ShardColumn = ShardColumn("images", .uint8, rowShape: [8, 8]),
        _ bytes: ([UInt8]) -> [UInt8] = { $0 }
    ) throws {
        let file = try HDF5File(path: file)
        let images = try file.readFloats("images").map { UInt8($0) }
        let labels = try file.readIntegers("labels")
        let rows = RowChunk([column, ShardColumn("labels", .int64)])
        for (row, label) in labels.enumerated() {
            bytes(Array(images[row * 64..<(row + 1) * 64])).withUnsafeBytes { rows.append($0, column: 0) }
            [Int64(label)].withUnsafeBytes { rows.append($0, column: 1) }
            rows.endRow()
        }
        let schema = try ShardSchema(rows.columns, blockRows: 100)
        let path = scratch.path(name)
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        var statistics = schema.columns.map { ShardColumnStatistics($0) }
        var entries: [ShardEntry] = []
        let encoder = BlockEncoder(schema, level: 3)
        let block = EncodedBlock()
        for first in stride(from: 0, to: rows.rowCount, by: 1000) {
            let writer = try ShardFileWriter(
                path: path + "/" + ShardFormat.fileName(shard: entries.count), schema: schema, shard: entries.count)
            let end = min(first + 1000, rows.rowCount)
            for start in stride(from: first, to: end, by: 100) {
                try encoder.encode(start..<min(start + 100, end), of: rows, into: block)
                for index in statistics.indices { statistics[index].merge(block.statistics[index]) }
                try writer.append(block)
            }
            entries.append(try writer.finish())
        }
        let manifest = ShardManifest(
            schema: schema, shards: entries, statistics: statistics, source: "digits of scikit-learn")
        try manifest.write(directory: path)
    }

    private func train(_ scratch: Scratch, _ options: String..., model: String = Fixture.mlp) throws -> Data {
        try scratch.run(
            ["train", "--model", model, "--shuffle", "none", "--out", "out.keras", "--quiet"] + options
        ).expect(0)
        return try scratch.bytes("out.keras")
    }

    @Test func `shards train, evaluate and predict to the bytes of the file that they hold`() throws {
        let scratch = try Scratch()
        try convert(to: "shards", in: scratch)
        let whole = try train(scratch, "--data", Fixture.train)
        #expect(try train(scratch, "--data", "shards") == whole)
        #expect(try train(scratch, "--data", "shards/manifest.json") == whole)
        #expect(try train(scratch, "--data", "sh*ds", "--memory", "256MiB", "--decode-workers", "3") == whole)
        // As one dataset with a file.
        let twice = try train(scratch, "--data", Fixture.train, "shards")
        #expect(try train(scratch, "--data", "shards", Fixture.train) == twice)
        let expected = try scratch.millrace("evaluate", "--model", "out.keras", "--data", Fixture.train, "--json")
        let found = try scratch.millrace("evaluate", "--model", "out.keras", "--data", "shards", "--json")
        #expect(found.status == 0 && found.output == expected.output && !found.output.isEmpty)
        try scratch.millrace("predict", "--model", "out.keras", "--data", Fixture.train, "--out", "a.h5").expect(0)
        try scratch.millrace("predict", "--model", "out.keras", "--data", "shards", "--out", "b.h5").expect(0)
        #expect(try scratch.bytes("a.h5") == scratch.bytes("b.h5"))
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", "shards", "shards/manifest.json").expect(
            64, "every file once")
    }

    @Test func `rows of any length train when they are padded, and say so when they are not`() throws {
        let scratch = try Scratch()
        let column = ShardColumn(ragged: "images", .uint8, elementShape: [8])
        // The first four to eight lines of an image.
        func cut(_ image: [UInt8]) -> [UInt8] { Array(image.prefix(8 * (4 + Int(image[20]) % 5))) }
        try convert(to: "ragged", in: scratch, as: column, cut)
        try convert(to: "fixed", in: scratch) { cut($0) + [UInt8](repeating: 0, count: 64 - cut($0).count) }
        let whole = try train(scratch, "--data", "fixed")
        #expect(try train(scratch, "--data", "ragged", "--pad", "images=8") == whole)
        #expect(try train(scratch, "--data", "ragged", "--pad", "images=8,padding=pre") != whole)
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", "ragged").expect(
            64, "images: its rows differ in length", "--pad images=8")
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", "ragged", "--pad", "images=longest").expect(
            65, "as long as the longest of their batch", "--pad images=LENGTH")
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", "ragged", "--pad", "images=0").expect(64)
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", Fixture.train, "--pad", "images=8").expect(
            64, "rows of HDF5 datasets have one shape")
    }

    @Test func `encoded images train at the size of the model's input`() throws {
        let scratch = try Scratch()
        let column = ShardColumn(bytes: "images", encoding: .image)
        try convert(to: "photos", in: scratch, as: column) { greyPNG($0, side: 8) }
        // The model takes rows of shape (8, 8): grey.
        let whole = try train(scratch, "--data", Fixture.train, model: Fixture.convnet)
        #expect(try train(scratch, "--data", "photos", model: Fixture.convnet) == whole)
        #expect(try train(scratch, "--data", "photos", "--resize", "images=8x8x1", model: Fixture.convnet) == whole)
        try scratch.millrace("train", "--model", Fixture.convnet, "--data", "photos", "--resize", "9x9").expect(
            65, "have shape (9, 9, 1)", "takes (8, 8)")
        try scratch.millrace("train", "--model", Fixture.dense, "--data", "photos").expect(64, "--resize HxW")
    }

    @Test func `inspect says what a dataset holds`() throws {
        let scratch = try Scratch()
        try convert(to: "shards", in: scratch)
        let ended = try scratch.millrace("inspect", "shards")
        #expect(ended.status == 0)
        for fragment in [
            "1437 rows in 15 blocks of 100; 2 shards", "from digits of scikit-learn",
            "images: uint8, rows of shape (8, 8)", "labels: int64, one number a row, 10 different values",
        ] {
            #expect(ended.output.contains(fragment), "\(ended.output)")
        }
        try FileManager.default.createDirectory(atPath: scratch.path("empty"), withIntermediateDirectories: false)
        try scratch.millrace("inspect", "empty").expect(66, "expected a dataset of shards, found no manifest.json")
        try FileManager.default.removeItem(atPath: scratch.path("shards/shard-00001.zst"))
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", "shards").expect(
            66, "shards/shard-00001.zst: no such file")
    }
}

/// A PNG file of square grey pixels, stored without compression: PNG specification (third edition), clauses 5 and 10.
private func greyPNG(_ pixels: [UInt8], side: Int) -> [UInt8] {
    func big(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (24 - 8 * $0)) } }
    func crc(_ bytes: [UInt8]) -> UInt32 {
        ~bytes.reduce(UInt32.max) { state, byte in
            (0..<8).reduce(state ^ UInt32(byte)) { state, _ in state & 1 == 1 ? 0xedb8_8320 ^ (state >> 1) : state >> 1
            }
        }
    }
    func chunk(_ name: String, _ bytes: [UInt8]) -> [UInt8] {
        big(UInt32(bytes.count)) + Array(name.utf8) + bytes + big(crc(Array(name.utf8) + bytes))
    }
    let lines = (0..<side).flatMap { [0] + pixels[$0 * side..<($0 + 1) * side] }
    var (a, b): (UInt32, UInt32) = (1, 0)
    for byte in lines {
        a = (a + UInt32(byte)) % 65521
        b = (b + a) % 65521
    }
    let count = UInt16(lines.count)
    let stored = [1, UInt8(count & 255), UInt8(count >> 8), UInt8(~count & 255), UInt8(~count >> 8)] + lines
    return [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]
        + chunk("IHDR", big(UInt32(side)) + big(UInt32(side)) + [8, 0, 0, 0, 0])
        + chunk("IDAT", [0x78, 0x01] + stored + big(b << 16 | a)) + chunk("IEND", [])
}
