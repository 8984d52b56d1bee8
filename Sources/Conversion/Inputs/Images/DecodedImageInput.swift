package import DataSource
package import Images
package import Shards
internal import Workers

/// Another input whose columns of encoded images become pixels of one size.
package struct DecodedImageInput: RowInput {
    package let columns: [ShardColumn]
    private let base: any RowInput
    private let name: String
    private let options: ImageOptions
    private let decoders = Monitor<[Decoder]>([])

    /// Decodes every column of images of `base`, which messages call `name`; the options give the size.
    package init(_ base: any RowInput, name: String, options: ImageOptions) {
        self.base = base
        self.name = name
        self.options = options
        columns = base.columns.map { column in
            guard column.encoding == .image else { return column }
            return ImageColumn.decoded(column, options: options) ?? column
        }
    }

    package var rowCount: Int? { base.rowCount }
    package var byteCount: Int? { base.byteCount }
    package var fingerprint: String { "\(base.fingerprint) \(options)" }
    package var classNames: [String] { base.classNames }
    package var warnings: [String] { base.warnings }

    package func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter {
        Cutter(base: try base.makeCutter(at: position), pixelBytes: columns.reduce(0) { $0 + $1.itemBytes })
    }

    private final class Cutter: PieceCutter {
        private let base: any PieceCutter
        private let pixelBytes: Int

        init(base: any PieceCutter, pixelBytes: Int) {
            self.base = base
            self.pixelBytes = pixelBytes
        }

        func next() throws(DataError) -> InputPiece? {
            guard var piece = try base.next() else { return nil }
            // A small image of a few kilobytes may become a large one.
            piece.workingBytes += pixelBytes * (1 + piece.inputBytes / Self.smallestImage)
            return piece
        }

        private static let smallestImage = 4096
    }

    package func read(
        _ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]
    ) throws(DataError) {
        let decoder = decoders.update { $0.popLast() } ?? Decoder(base.columns)
        defer { decoders.update { $0.append(decoder) } }
        decoder.rows.removeAll()
        try base.read(piece, into: decoder.rows, rejected: &rejected)
        for row in 0..<decoder.rows.rowCount {
            do throws(ImageError) {
                for column in columns.indices {
                    let bytes = decoder.rows[row, column]
                    if base.columns[column].encoding == .image {
                        let pixels = rows.extend(column: column, by: columns[column].itemBytes)
                        try decoder.decoder.decode(bytes, options: options, into: pixels)
                    } else {
                        rows.append(bytes, column: column)
                    }
                }
                rows.endRow()
            } catch {
                rows.dropRow()
                let place = "row \(row) of the piece at \(piece.position.map(String.init).joined(separator: ":"))"
                rejected.append(RejectedRow(file: name, place: place, reason: "\(error)"))
            }
        }
    }

    /// What a thread needs.
    private final class Decoder: @unchecked Sendable {
        // Invariant behind `@unchecked Sendable`: lent to one thread at a time.
        var decoder = ImageDecoder()
        let rows: RowChunk
        init(_ columns: [ShardColumn]) { rows = RowChunk(columns) }
    }
}
