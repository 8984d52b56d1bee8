import Conversion
import DataSource
import Glibc
import Images
import Memory
import Shards
import Testing

@Suite struct ImageFolderInputTests {
    /// All rows of an input, and what it rejected.
    private func rows(
        _ input: ImageFolderInput, from position: PiecePosition? = nil
    ) throws -> (RowChunk, [RejectedRow], [InputPiece]) {
        let chunk = RowChunk(input.columns)
        var rejected: [RejectedRow] = []
        var pieces: [InputPiece] = []
        let cutter = try input.makeCutter(at: position)
        while let piece = try cutter.next() {
            try input.read(piece, into: chunk, rejected: &rejected)
            pieces.append(piece)
        }
        return (chunk, rejected, pieces)
    }

    @Test(
        arguments: [(["a=b"], []), ([], ["y=label"]), (["a", "b"], []), ([], ["a", "b"])] as [([String], [String])])
    func `one name for each column`(x: [String], y: [String]) throws {
        let folder = ImageFolder([("cat/1.png", "rgb.png")])
        var options = RowInputOptions()
        (options.x, options.y) = (x, y)
        let error = #expect(throws: DataError.self) {
            try makeRowInput(paths: [folder.path], options: options, images: ImageOptions())
        }
        #expect(error?.kind == .usage && error?.message.contains("one name") == true)
    }

    private func labels(_ chunk: RowChunk) -> [Int64] {
        (0..<chunk.rowCount).map { chunk[$0, 1].loadUnaligned(as: Int64.self) }
    }

    private let kept = ImageOptions(keepsEncoded: true)

    @Test func `classes and files are ordered as Keras orders them`() throws {
        let folder = ImageFolder([
            ("dog/b.png", "grey.png"), ("dog/a.PNG", "rgb.png"), ("Zebra/1.jpg", "grey.jpg"), ("cat", nil),
            ("cat/sub/z.jpeg", "rgb-420.jpg"), ("cat/sub-2/y.jpg", "rgb-422.jpg"), ("cat/x.jpg", "rgb-444.jpg"),
            ("empty", nil), ("dog/note.txt", "rgb.png"), ("dog/.hidden.png", "rgb.png"), (".git/c.png", "rgb.png"),
            ("loose.gif", "rgb.png"),
        ])
        let input = try ImageFolderInput(folder.path, options: kept)
        #expect(input.classNames == ["Zebra", "cat", "dog", "empty"])
        #expect(input.columns == [ShardColumn(bytes: "x", encoding: .image), ShardColumn("y", .int64)])
        let (chunk, rejected, pieces) = try rows(input)
        #expect(rejected.isEmpty)
        #expect(labels(chunk) == [0, 1, 1, 1, 2, 2])
        let expected = ["grey.jpg", "rgb-444.jpg", "rgb-420.jpg", "rgb-422.jpg", "rgb.png", "grey.png"]
        for (row, name) in expected.enumerated() { #expect(Array(chunk[row, 0]) == ImageFolder.fixture(name)) }
        #expect(input.rowCount == 6)
        #expect(input.byteCount == chunk.byteCount - 6 * 8)
        #expect(pieces.reduce(0) { $0 + $1.inputBytes } == input.byteCount)
        #expect(
            input.warnings == [
                "class folder \"empty\" has no images; it keeps its number", "ignored 2 other files (.gif 1, .txt 1)",
            ])
    }

    @Test func `a folder without sub-folders has no labels`() throws {
        let folder = ImageFolder([("1.jpg", "rgb-420.jpg"), ("0.png", "grey.png")])
        let input = try ImageFolderInput(folder.path + "/", options: kept)
        #expect(input.columns.count == 1 && input.classNames.isEmpty)
        let (chunk, _, _) = try rows(input)
        #expect(Array(chunk[0, 0]) == ImageFolder.fixture("grey.png"))
    }

    @Test func `images of one size become pixels, others stay encoded`() throws {
        let same = ImageFolder([("a/1.jpg", "rgb-420.jpg"), ("a/2.png", "grey.png")])
        let pixels = try ImageFolderInput(same.path)
        #expect(pixels.columns[0] == ShardColumn("x", .uint8, rowShape: [45, 61, 3]))
        let (chunk, _, _) = try rows(pixels)
        let pixel = Set(chunk[1, 0].prefix(3))
        #expect(pixel.count == 1)
        // Stored as 19 x 26 both, and one of them to be turned.
        let mixed = ImageFolder([("a/1.jpg", "orientation-1.jpg"), ("a/2.jpg", "orientation-6.jpg")])
        #expect(try ImageFolderInput(mixed.path).isEncoded)
    }

    @Test func `a size gives pixels of that size`() throws {
        let folder = ImageFolder([("a/1.jpg", "orientation-6.jpg"), ("b/2.png", "rgb.png")])
        let size = ImageSize(height: 8, width: 6)
        let input = try ImageFolderInput(folder.path, options: ImageOptions(channels: .grey, size: size), x: "image")
        #expect(input.columns[0] == ShardColumn("image", .uint8, rowShape: [8, 6, 1]))
        let (chunk, _, _) = try rows(input)
        #expect(labels(chunk) == [0, 1])
        var decoder = ImageDecoder()
        var expected = [UInt8](repeating: 0, count: 48)
        try ImageFolder.fixture("rgb.png").withUnsafeBytes { input in
            try expected.withUnsafeMutableBytes {
                try decoder.decode(input, options: ImageOptions(channels: .grey, size: size), into: $0)
            }
        }
        #expect(Array(chunk[1, 0]) == expected)
    }

    @Test(arguments: [true, false]) func `files that are no images are rejected and the others follow`(isKept: Bool)
        throws
    {
        let folder = ImageFolder([("a/1.jpg", "rgb-420.jpg"), ("a/4.jpg", "rgb-422.jpg"), ("b/1.png", "grey.png")])
        folder.write(Array("GIF89a".utf8), to: "a/2.jpg")
        folder.write([], to: "a/3.jpg")
        folder.link("a/5.jpg", to: "nowhere.jpg")
        folder.write(Array(ImageFolder.fixture("grey.png").prefix(500)), to: "b/2.png")
        let input = try ImageFolderInput(folder.path, options: ImageOptions(keepsEncoded: isKept))
        #expect(input.isEncoded == isKept)
        let (chunk, rejected, _) = try rows(input)
        // The header of the truncated one is whole.
        #expect(labels(chunk) == (isKept ? [0, 0, 1, 1] : [0, 0, 1]))
        let found = rejected.map { $0.description.dropFirst(folder.path.count) }
        let expected: [Substring] = [
            "/a/2.jpg: expected a JPEG or PNG image, found a GIF",
            "/a/3.jpg: expected a JPEG or PNG image, found an empty file",
            "/a/5.jpg: it is a link to a file that does not exist",
            "/b/2.png: the PNG image is damaged: the file ends within the image: it is truncated",
        ]
        #expect(found == Array(isKept ? expected.prefix(3) : expected[...]))
    }

    @Test func `links are followed, and circles end`() throws {
        let folder = ImageFolder([("real/1.jpg", "grey.jpg"), ("real/deep/2.jpg", "grey.jpg")])
        folder.link("also", to: "real")
        folder.link("real/deep/up", to: "..")
        folder.link("real/3.jpg", to: "1.jpg")
        let input = try ImageFolderInput(folder.path, options: kept)
        #expect(input.classNames == ["also", "real"])
        #expect(labels(try rows(input).0) == [0, 0, 0, 1, 1, 1])
    }

    @Test func `pieces are about a mebibyte and can be cut again`() throws {
        let folder = ImageFolder((0..<100).map { ("c/\($0).png", "rgb.png") })
        let size = ImageSize(height: 100, width: 100)
        let input = try ImageFolderInput(folder.path, options: ImageOptions(size: size))
        let (chunk, _, pieces) = try rows(input)
        #expect(chunk.rowCount == 100 && pieces.count == 3)
        #expect(pieces.map(\.position) == [[0], [35], [70]])
        let (rest, _, again) = try rows(input, from: pieces[1].position)
        #expect(again.map(\.position) == [[35], [70]])
        #expect(rest.rowCount == 65)
        #expect(throws: DataError.self) { try input.makeCutter(at: [101]) }
        #expect(try input.makeCutter(at: [100]).next() == nil)
    }

    @Test func `the fingerprint follows files and options`() throws {
        let folder = ImageFolder([("a/1.jpg", "grey.jpg"), ("b/2.jpg", "grey.jpg")])
        let first = try ImageFolderInput(folder.path, options: kept).fingerprint
        #expect(try ImageFolderInput(folder.path, options: kept).fingerprint == first)
        let sized = ImageOptions(size: ImageSize(height: 4, width: 4))
        #expect(try ImageFolderInput(folder.path, options: sized).fingerprint != first)
        folder.write(ImageFolder.fixture("rgb-420.jpg"), to: "b/2.jpg")
        #expect(try ImageFolderInput(folder.path, options: kept).fingerprint != first)
    }

    @Test func `folders without images and absent ones are errors`() throws {
        let folder = ImageFolder([("a/1.txt", "rgb.png")])
        let empty = #expect(throws: DataError.self) { try ImageFolderInput(folder.path) }
        #expect(
            empty?.message == "expected files .jpg, .jpeg or .png in the folder or in one sub-folder for each class, "
                + "found none (but 1 other file (.txt 1))")
        let absent = #expect(throws: DataError.self) { try ImageFolderInput(folder.path + "/absent") }
        #expect(absent?.kind == .fileUnavailable)
    }

    @Test func `a file that changed or went away stops the conversion`() throws {
        let folder = ImageFolder([("a/1.jpg", "grey.jpg"), ("a/2.jpg", "grey.jpg")])
        let input = try ImageFolderInput(folder.path, options: kept)
        folder.write([1, 2, 3], to: "a/2.jpg")
        let changed = #expect(throws: DataError.self) { try rows(input) }
        #expect(changed?.message == "it had 917 bytes when the folder was listed and has 3 now")
        unlink(folder.path + "/a/2.jpg")
        let gone = #expect(throws: DataError.self) { try rows(input) }
        #expect(gone?.kind == .fileUnavailable)
    }
}
