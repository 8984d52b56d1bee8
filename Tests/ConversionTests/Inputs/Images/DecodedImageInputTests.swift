import Conversion
import DataSource
import Foundation
import Images
import Memory
import Shards
import Testing

@Suite struct DecodedImageInputTests {
    private let images = ImageOptions(size: ImageSize(height: 256, width: 256))
    private let pixelBytes = 256 * 256 * 3

    /// Samples of one small image each, of which those in `bad` are none.
    private func tar(_ count: Int, bad: Set<Int> = [], in scratch: Scratch) throws -> String {
        let image = ImageFolder.fixture("rgb.png")
        let bytes = (0..<count).flatMap { row in
            TarFile.member("s\(row).png", bad.contains(row) ? [1, 2, 3] : image)
                + TarFile.member("s\(row).cls", Array("\(row)".utf8))
        }
        return try scratch.write(bytes + TarFile.end, to: "small.tar")
    }

    /// The same as shards, whose blocks hold some hundred images.
    private func shards(_ count: Int, bad: Set<Int> = [], in scratch: Scratch) throws -> String {
        var options = ConversionOptions()
        options.memory = .mebibytes(2048)
        let input = try makeRowInput(paths: [tar(count, bad: bad, in: scratch)])
        _ = try Converter(input, to: scratch.path + "shards", options: options).run()
        return scratch.path + "shards"
    }

    private func check(_ path: String, rows: Int) throws {
        let input = try makeRowInput(paths: [path], options: RowInputOptions(), images: images)
        let all = try Rows(input)
        #expect(all.rejected.isEmpty && all.count == rows)
        #expect((0..<all.count).compactMap { all.value($0, "cls", as: Int64.self) } == (0..<Int64(rows)).map { $0 })
        #expect(all.pieces.reduce(0) { $0 + ($1.rowCount ?? 0) } == rows)
        for piece in all.pieces {
            let count = try #require(piece.rowCount)
            #expect(count * pixelBytes <= 4 << 20)
            #expect(piece.workingBytes >= count * pixelBytes)
        }
        for piece in all.pieces.suffix(3) + all.pieces.prefix(2) {
            let rest = try Rows(input, at: piece.position)
            #expect(rest.everything == Array(all.everything.suffix(rest.count)))
        }
    }

    @Test func `images that grow are cut into pieces by their pixels`() throws {
        let scratch = try Scratch()
        try check(tar(150, in: scratch), rows: 150)
        try check(shards(150, in: scratch), rows: 150)
    }

    @Test func `samples of MDS likewise`() throws {
        let path = Inputs.directory + "mds/raw"
        let size = ImageSize(height: 1024, width: 1024)
        let input = try makeRowInput(paths: [path], options: RowInputOptions(), images: ImageOptions(size: size))
        let cutter = try input.makeCutter(at: nil)
        var rows = 0
        while let piece = try cutter.next() {
            let count = try #require(piece.rowCount)
            #expect(count == 1 && piece.workingBytes >= 3 << 20)
            rows += count
        }
        #expect(rows == 25)
    }

    @Test func `an image that cannot be decoded is named by file and row`() throws {
        let scratch = try Scratch()
        let bad: Set<Int> = [2, 70]
        func rejected(_ path: String) throws -> [RejectedRow] {
            try Rows(makeRowInput(paths: [path], options: RowInputOptions(), images: images)).rejected
        }
        let archive = try tar(100, bad: bad, in: scratch)
        #expect(try rejected(archive).map(\.file) == [archive, archive])
        #expect(try rejected(archive).map(\.place) == ["sample s2", "sample s70"])
        let rows = try rejected(shards(100, bad: bad, in: scratch))
        #expect(rows.map(\.file) == Array(repeating: scratch.path + "shards/shard-00000.zst", count: 2))
        #expect(rows.map(\.place) == ["row 2, row 2 of the dataset", "row 70, row 70 of the dataset"])
    }

    @Test func `images of MDS are named by shard and sample`() throws {
        let scratch = try Scratch()
        let image = ImageFolder.fixture("rgb.png")
        let samples = [image, [1, 2, 3], image, image, [4]].map { image in number(image.count) + image }
        var ends = [4 + 4 * (samples.count + 1)]
        for sample in samples { ends.append(ends[ends.count - 1] + sample.count) }
        let shard = number(samples.count) + ends.flatMap(number) + samples.flatMap { $0 }
        _ = try scratch.write(shard, to: "shard.00000.mds")
        let index = """
            {"version": 2, "shards": [{"format": "mds", "version": 2, "samples": \(samples.count), "compression": null,
            "column_names": ["x"], "column_encodings": ["png"], "column_sizes": [null], "hashes": [], "zip_data": null,
            "raw_data": {"basename": "shard.00000.mds", "bytes": \(shard.count), "hashes": {}}}]}
            """
        _ = try scratch.write(index.utf8, to: "index.json")
        let rows = try Rows(makeRowInput(paths: [scratch.path], options: RowInputOptions(), images: images))
        #expect(rows.count == 3)
        #expect(rows.rejected.map(\.place) == ["sample 1", "sample 4"])
        #expect(rows.rejected.allSatisfy { $0.file.hasSuffix("/shard.00000.mds") })
    }

    // Of 32 bits, as MDS has them.
    private func number(_ value: Int) -> [UInt8] {
        withUnsafeBytes(of: UInt32(value).littleEndian) { Array($0) }
    }
}
