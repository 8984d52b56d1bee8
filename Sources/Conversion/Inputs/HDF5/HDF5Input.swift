internal import Codecs
package import DataSource
internal import HDF5Store
internal import Memory
package import Shards
internal import Workers

/// Datasets of HDF5 files: numbers in their stored types, text and opaque elements as bytes, lists of numbers as ragged
/// columns.
///
/// Numbers come through `HDF5Source`, whose readers decode chunks in parallel; strings and lists through the HDF5
/// library, one caller at a time. Pieces are made of whole blocks of the files, so that no chunk is decoded twice.
package final class HDF5Input: RowInput {
    package let columns: [ShardColumn]
    package let rowCount: Int?
    package let byteCount: Int?
    package let fingerprint: String
    package let kind = InputKind.hdf5.rawValue

    private let numbers: HDF5Source?
    /// Which of `columns` each column of `numbers` is.
    private let numberColumns: [Int]
    private let ragged: HDF5RaggedColumns?
    private let blocks: BlockTable
    private let readers = Monitor<[HDF5PieceReader]>([])
    private let files: [InputFile]
    private let summary: String
    /// Hashes over the numbers.
    private let identity: String

    /// Opens files, of which patterns are expanded.
    ///
    /// - Throws: `DataError`: without a choice of columns, when datasets of differing numbers of rows or of types that
    ///   are no columns are there, with the list of what the first file holds.
    package init(paths patterns: [String], options: RowInputOptions = RowInputOptions()) throws(DataError) {
        let paths = try InputPaths.expand(patterns)
        let chosen = try HDF5Columns(paths[0], ColumnRenaming(options).chosen)
        let source =
            try chosen.numbers.isEmpty
            ? nil : HDF5Source(paths: paths, x: chosen.numbers.map(\.stored), y: [String]())
        let ragged = try chosen.ragged.isEmpty ? nil : HDF5RaggedColumns(paths, chosen.ragged)
        if let source, let ragged { try ragged.check(source) }
        numbers = source
        self.ragged = ragged
        var columns = chosen.placeholders
        for (number, info) in zip(chosen.numbers, source?.columns ?? []) {
            columns[number.place] = ShardColumn(number.name, info.type, rowShape: info.rowShape)
        }
        for column in ragged?.columns ?? [] { columns[column.place] = column.shardColumn }
        try checkNames(columns, paths[0])
        self.columns = columns
        numberColumns = chosen.numbers.map(\.place)
        let blocks = source?.blocks ?? ragged?.blocks ?? BlockTable(rowCount: 0, rowsPerBlock: 1)
        self.blocks = blocks
        guard blocks.rowCount > 0 else {
            throw DataError(file: paths[0], "expected at least one row, found none")
        }
        rowCount = blocks.rowCount
        var total = 0
        var texts: [String] = []
        var files: [InputFile] = []
        for path in paths {
            let file = try InputFile(path)
            total += file.byteCount
            texts.append(file.summary)
            files.append(file)
        }
        byteCount = total
        self.files = files
        summary = options.summary
        identity = try source?.fingerprint ?? ""
        fingerprint = "HDF5; \(options.summary); \(identity); " + texts.joined(separator: "; ")
    }

    package var contents: String {
        get throws(DataError) {
            // Text and lists lie anywhere in the files.
            let samples = try ragged == nil ? "" : InputFile.contents(of: files)
            return "HDF5; \(summary); \(columns); \(identity); \(samples)"
        }
    }

    package func makeCutter(at position: PiecePosition?) -> any PieceCutter {
        let fixed = columns.reduce(0) { $0 + ($1.isRagged ? 0 : $1.itemBytes) }
        return HDF5Cutter(
            blocks: blocks, first: position?.first ?? 0, rowBytes: max(1, fixed + (ragged?.meanRowBytes ?? 0)),
            bounds: ragged?.bounds ?? [], inputBytes: byteCount ?? 0, readerBytes: numbers?.readerBytes ?? 0)
    }

    package func read(
        _ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]
    ) throws(DataError) {
        let reader = readers.update { $0.popLast() } ?? HDF5PieceReader(numbers, numberColumns, ragged, columns)
        defer { readers.update { $0.append(reader) } }
        let hasText = columns.contains { $0.encoding == .text }
        let part = hasText ? RowChunk(columns) : rows
        var first = piece.position[0]
        while first < piece.extent[0] {
            let block = blocks[blocks.index(of: first)].clamped(to: piece.position[0]..<piece.extent[0])
            try reader.read(block, into: part, rejected: &rejected)
            if hasText, part.rowCount > 0 {
                rows.append(checked: part) { row, _, reason in
                    let location = ragged?.location(ofRow: block.lowerBound + row) ?? RowLocation(row: row)
                    rejected.append(
                        RejectedRow(file: location.file ?? "", place: "row \(location.row)", reason: reason))
                }
                part.removeAll()
            }
            first = block.upperBound
        }
    }
}

/// Whole blocks until they are a mebibyte.
private final class HDF5Cutter: PieceCutter {
    private let blocks: BlockTable
    private var nextRow: Int
    private let rowBytes: Int
    private let bounds: [Int]
    private let inputBytes: Int
    private let readerBytes: Int

    /// The most decoded bytes of a piece with lists.
    private static let mostBytes = 8 * pieceBytes

    init(blocks: BlockTable, first: Int, rowBytes: Int, bounds: [Int], inputBytes: Int, readerBytes: Int) {
        self.blocks = blocks
        nextRow = first
        self.rowBytes = rowBytes
        self.bounds = bounds
        self.inputBytes = inputBytes
        self.readerBytes = readerBytes
    }

    func next() -> InputPiece? {
        guard nextRow < blocks.rowCount else { return nil }
        let first = nextRow
        // Pieces of text end with their file, which is opened for them.
        let limit = bounds.first { $0 > first } ?? blocks.rowCount
        repeat {
            nextRow = min(limit, blocks[blocks.index(of: nextRow)].upperBound)
        } while nextRow < limit && (nextRow - first) * rowBytes < pieceBytes
        // Long lists beside numbers whose blocks are of many rows: such a block comes in parts.
        if !bounds.isEmpty { nextRow = min(nextRow, first + max(1, Self.mostBytes / rowBytes)) }
        let count = nextRow - first
        return InputPiece(
            position: [first], extent: [nextRow],
            inputBytes: Int(Double(inputBytes) * Double(count) / Double(blocks.rowCount)),
            workingBytes: 2 * count * rowBytes + readerBytes)
    }
}

/// Decoded bytes of a piece: enough to make handling it cheap, few enough to keep many workers busy.
let pieceBytes = 1 << 20

/// The most rows of a piece, where each may be rejected: the reasons are in memory until the piece is reported.
let mostPieceRows = 8192

/// Throws when two columns have one name.
func checkNames(_ columns: [ShardColumn], _ path: String) throws(DataError) {
    var known: Set<String> = []
    for column in columns where !known.insert(column.name).inserted {
        throw DataError(
            kind: .usage, file: path,
            "expected columns of different names, found \(column.name) twice; give one another name, for example"
                + " 'other=\(column.name)'")
    }
}
