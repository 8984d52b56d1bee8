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
    package var contents: String { get throws(DataError) { "\(try base.contents) \(options)" } }
    package var kind: String { base.kind }
    package var classNames: [String] { base.classNames }
    package var warnings: [String] { base.warnings }

    package func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter {
        try makeCutter(at: position, mostRows: mostPieceRows)
    }

    package func makeCutter(at position: PiecePosition?, mostRows: Int) throws(DataError) -> any PieceCutter {
        let pixelBytes = columns.reduce(0) { $0 + $1.itemBytes }
        let mostRows = min(mostRows, max(1, Self.piecePixelBytes / max(1, pixelBytes)))
        return Cutter(base: try base.makeCutter(at: position, mostRows: mostRows), pixelBytes: pixelBytes)
    }

    package func places(of piece: InputPiece) throws(DataError) -> [RowPlace] { try base.places(of: piece) }

    /// Decoded bytes of a piece's rows, or a row if that is larger.
    private static let piecePixelBytes = 4 << 20

    private final class Cutter: PieceCutter {
        private let base: any PieceCutter
        private let pixelBytes: Int

        init(base: any PieceCutter, pixelBytes: Int) {
            self.base = base
            self.pixelBytes = pixelBytes
        }

        func next() throws(DataError) -> InputPiece? {
            guard var piece = try base.next() else { return nil }
            let rows = max(1, piece.rowCount ?? mostPieceRows)
            // A decoder holds some rows of an image, or all coefficients of a progressive one: some times its bytes.
            piece.workingBytes += rows * pixelBytes + 16 * (piece.inputBytes / rows)
            return piece
        }
    }

    package func read(
        _ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]
    ) throws(DataError) {
        let decoder = decoders.update { $0.popLast() } ?? Decoder(base.columns)
        defer { decoders.update { $0.append(decoder) } }
        decoder.rows.removeAll()
        try base.read(piece, into: decoder.rows, rejected: &rejected)
        var places: [RowPlace]?
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
                if places == nil { places = try base.places(of: piece) }
                let known = places ?? []
                // An input that does not know its rows' places says at least where the piece is.
                let start = piece.position.map(String.init).joined(separator: ":")
                let place = row < known.count ? known[row] : RowPlace(file: name, place: "row \(row) behind \(start)")
                rejected.append(RejectedRow(file: place.file, place: place.place, reason: "\(error)"))
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
