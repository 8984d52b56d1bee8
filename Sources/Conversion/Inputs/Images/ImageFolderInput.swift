package import DataSource
package import Images
internal import Memory
package import Shards

/// A folder of images, one folder for each class (`photos/cat/1.jpg`), or of images alone.
///
/// Classes are numbered, and rows ordered, as by Keras's `image_dataset_from_directory` without shuffling: the sub-folders
/// by name, in each all images below it. Files with other extensions are ignored and counted. A row has `x`, the pixels
/// (`uint8` of height x width x channels) or the file's bytes, and `y`, the number of the class (`int64`); a folder
/// without sub-folders gives no `y`.
///
/// Without a size, images that all have the same one become pixels, and others stay encoded: their headers are read when
/// the input is opened, until two differ. Images that are kept encoded are checked by their headers alone.
package struct ImageFolderInput: RowInput {
    /// Bytes of files or of pixels of a piece, whichever are more.
    private static let pieceBytes = 1 << 20

    package let columns: [ShardColumn]
    package let classNames: [String]
    package let fingerprint: String
    package let kind = InputKind.imageFolder.rawValue
    package let byteCount: Int?

    /// What a user should know: ignored files, and classes without images.
    package let warnings: [String]

    private let root: String
    private let listing: ImageFolderListing
    private let options: ImageOptions
    private let readers = ImageReaderPool()

    package var rowCount: Int? { listing.count }

    package var contents: String {
        "images \(listing.count) \(listing.contentHash.value.hexadecimal) \(listing.headHash.hexadecimal) \(options)"
            + " \(columns.map(\.name))"
    }

    /// Whether rows are the bytes of files, and not pixels.
    package var isEncoded: Bool { columns[0].isBytes }

    /// Lists the folder, and decides what its columns are.
    ///
    /// `x` and `y` name the columns. Throws `fileUnavailable` when a folder may not be read, and `invalid` when there are
    /// no images.
    package init(
        _ root: String, options: ImageOptions = ImageOptions(), x: String = "x", y: String = "y"
    ) throws(DataError) {
        let listing = try ImageFolderListing(root: root)
        guard listing.count > 0 else {
            throw DataError(
                file: root,
                "expected files .jpg, .jpeg or .png in the folder or in one sub-folder for each class, "
                    + "found none" + (Self.describe(listing.ignored).map { " (but \($0))" } ?? ""))
        }
        var options = options
        if options.size == nil, !options.keepsEncoded {
            options.size = try readers.withReader { reader throws(DataError) in
                try Self.commonSize(listing, reader, pixelLimit: options.pixelLimit)
            }
        }
        if options.size == nil { options.keepsEncoded = true }
        let images = ShardColumn(bytes: x, encoding: .image)
        let pixels = options.keepsEncoded ? nil : ImageColumn.decoded(images, options: options)
        columns = [pixels ?? images] + (listing.classNames.isEmpty ? [] : [ShardColumn(y, .int64)])
        classNames = listing.classNames
        byteCount = listing.byteCount
        fingerprint =
            "images \(root) \(listing.count) \(listing.hash.value.hexadecimal) \(options) \(columns.map(\.name))"
        var warnings = zip(listing.classNames, listing.classCounts).filter { $0.1 == 0 }.map { name, _ in
            "class folder \"\(name)\" has no images; it keeps its number"
        }
        if let ignored = Self.describe(listing.ignored) { warnings.append("ignored " + ignored) }
        self.warnings = warnings
        self.root = root
        self.listing = listing
        self.options = options
    }

    package func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter {
        let first = position?.first ?? 0
        guard position == nil || position?.count == 1, (0...listing.count).contains(first) else {
            throw DataError(file: root, "expected the number of a file up to \(listing.count), found \(position ?? [])")
        }
        return Cutter(self, first: first)
    }

    package func read(
        _ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]
    ) throws(DataError) {
        guard let first = piece.position.first, let end = piece.extent.first, first >= 0, first <= end,
            end <= listing.count
        else { throw DataError(file: root, "a piece lies outside of the \(listing.count) files") }
        var refused: [RejectedRow] = []
        try readers.withReader { reader throws(DataError) in
            for file in first..<end { try append(file, reader, to: rows, rejected: &refused) }
        }
        rejected += refused
    }

    // Reads one file and ends its row, or says why it has none.
    private func append(
        _ file: Int, _ reader: ImageFileReader, to rows: RowChunk, rejected: inout [RejectedRow]
    ) throws(DataError) {
        let directory = listing.directory(of: file)
        let path = listing.path(of: file, in: directory)
        func reject(_ reason: String) {
            rejected.append(
                RejectedRow(file: path.text, place: "", reason: reason))
        }
        guard listing.sizes[file] >= 0 else { return reject("it is a link to a file that does not exist") }
        let bytes = try reader.read(path)
        guard bytes.count == listing.sizes[file] else {
            throw DataError(
                file: path.text,
                "it had \(listing.sizes[file]) bytes when the folder was listed and has \(bytes.count) now")
        }
        do {
            let info = try ImageInfo(probing: bytes, pixelLimit: options.pixelLimit)
            if isEncoded {
                rows.append(bytes, column: 0)
            } else {
                try reader.decoder.decode(
                    bytes, info: info, options: options, into: rows.extend(column: 0, by: columns[0].itemBytes))
            }
        } catch {
            rows.dropRow()
            return reject(error.description)
        }
        if columns.count > 1 {
            var label = Int64(directory.label)
            withUnsafeBytes(of: &label) { rows.append($0, column: 1) }
        }
        rows.endRow()
    }

    // The size of all images, nil where two differ. What is no image is left to be rejected.
    private static func commonSize(
        _ listing: ImageFolderListing, _ reader: ImageFileReader, pixelLimit: Int
    ) throws(DataError) -> ImageSize? {
        var common: ImageSize?
        for directory in listing.directories {
            for file in directory.files where listing.sizes[file] >= 0 {
                let path = listing.path(of: file, in: directory)
                guard let info = try reader.probe(path, size: listing.sizes[file], pixelLimit: pixelLimit) else {
                    continue
                }
                guard max(info.height, info.width) <= ImageSize.longestSide else { return nil }
                let size = ImageSize(height: info.height, width: info.width)
                if let common, common != size { return nil }
                common = size
            }
        }
        return common
    }

    // `5 files (.gif 2, .txt 3)`; nil for none.
    private static func describe(_ ignored: [String: Int]) -> String? {
        guard !ignored.isEmpty else { return nil }
        let total = ignored.values.reduce(0, +)
        let kinds = ignored.sorted { $0.key < $1.key }.prefix(8).map { kind, count in
            "\(kind.isEmpty ? "without extension" : kind) \(count)"
        }
        return "\(total) other file\(total == 1 ? "" : "s") (\(kinds.joined(separator: ", ")))"
    }

    /// Groups files that follow each other.
    private final class Cutter: PieceCutter {
        private let input: ImageFolderInput
        private var file: Int

        init(_ input: ImageFolderInput, first: Int) {
            self.input = input
            file = first
        }

        func next() throws(DataError) -> InputPiece? {
            let sizes = input.listing.sizes
            guard file < sizes.count else { return nil }
            let first = file
            let rowBytes = input.isEncoded ? 0 : input.columns[0].itemBytes
            var bytes = 0
            var largest = 0
            while file < sizes.count, file - first < mostPieceRows,
                file == first || max(bytes, (file - first) * rowBytes) < ImageFolderInput.pieceBytes
            {
                bytes += max(sizes[file], 0)
                largest = max(largest, sizes[file])
                file += 1
            }
            // A decoder holds some rows of an image, or all coefficients of a progressive one: some times its file.
            let decoding = input.isEncoded ? 0 : 16 * largest
            let pixels = input.isEncoded ? bytes : (file - first) * rowBytes
            return InputPiece(
                position: [first], extent: [file], inputBytes: bytes, workingBytes: largest + decoding + pixels)
        }
    }
}
