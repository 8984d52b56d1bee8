package import DataSource
package import Shards
internal import Workers

/// A dataset of shards as an input: to shuffle it, change its blocks, keep some of its columns, or decode its images.
package struct ShardInput: RowInput {
    package let columns: [ShardColumn]
    package let fingerprint: String
    package let kind = InputKind.shards.rawValue
    package let classNames: [String]
    package let rowCount: Int?
    package let byteCount: Int?

    private let dataset: ShardDataset

    /// The columns in the shards, in the order of `columns`.
    private let stored: [Int]

    /// Decoders that nobody uses.
    private let decoders = Monitor<[Decoder]>([])

    /// Bytes of decoded rows of a piece, about.
    private static let pieceBytes = 1 << 20

    /// Opens a directory or a manifest.
    package init(path: String, options: RowInputOptions) throws(DataError) {
        do throws(ShardError) {
            dataset = try ShardDataset(path: path)
        } catch {
            throw DataError(error)
        }
        let manifest = dataset.manifest
        let all = dataset.schema.columns
        var columns: [ShardColumn] = []
        var stored: [Int] = []
        for (name, newName) in ColumnRenaming(options).chosen ?? all.map({ ($0.name, $0.name) }) {
            guard let index = all.firstIndex(where: { $0.name == name }) else {
                throw DataError(
                    file: path,
                    "there is no column \"\(name)\"; the columns are \(all.map(\.name).joined(separator: ", "))")
            }
            var column = all[index]
            column.name = newName
            columns.append(column)
            stored.append(index)
        }
        self.columns = columns
        self.stored = stored
        fingerprint = "shards \(manifest.identity) \(columns.map(\.name)) \(stored)"
        rowCount = manifest.rowCount
        byteCount = manifest.byteCount
        let isKept = manifest.classNames.map { names in stored.contains { all[$0].name == names.column } } ?? false
        classNames = isKept ? manifest.classNames?.names ?? [] : []
    }

    package func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter {
        try makeCutter(at: position, mostRows: Int.max)
    }

    package func makeCutter(at position: PiecePosition?, mostRows: Int) throws(DataError) -> any PieceCutter {
        let start = position ?? [0, 0]
        guard start.count == 2, start.allSatisfy({ $0 >= 0 }) else {
            throw DataError("a place in the shards is not one: \(start)")
        }
        return Cutter(self, block: start[0], row: start[1], mostRows: mostRows)
    }

    // Some blocks, or with few rows a piece some rows of one: positions are a block and a row of it.
    private final class Cutter: PieceCutter {
        private let input: ShardInput
        private let blocksPerPiece: Int
        private let decodedBytes: Int
        private let mostRows: Int
        private var block: Int
        private var row: Int

        init(_ input: ShardInput, block: Int, row: Int, mostRows: Int) {
            self.input = input
            self.block = block
            self.row = row
            self.mostRows = mostRows
            let content = input.dataset.manifest.statistics.reduce(0) { $0 + $1.contentBytes }
            decodedBytes = max(1, content / max(1, input.dataset.blockCount))
            blocksPerPiece = max(1, min(pieceBytes / decodedBytes, mostRows / input.dataset.schema.blockRows))
        }

        func next() throws(DataError) -> InputPiece? {
            let dataset = input.dataset
            guard block < dataset.blockCount else { return nil }
            var end = min(block + blocksPerPiece, dataset.blockCount)
            let rows = dataset.rows(ofBlock: block)
            let isPart = row > 0 || rows.count > mostRows
            if isPart { end = block + 1 }
            let count =
                isPart ? min(mostRows, rows.count - row) : dataset.rows(ofBlock: end - 1).upperBound - rows.lowerBound
            let inputBytes = dataset.manifest.byteCount / max(1, dataset.blockCount) * (end - block)
            let largest = dataset.manifest.statistics.reduce(0) { $0 + $1.largestContentBytes }
            defer {
                row = isPart && row + count < rows.count ? row + count : 0
                if row == 0 { block = end }
            }
            return InputPiece(
                position: [block, row], extent: isPart ? [end, row + count] : [end], rowCount: count,
                inputBytes: isPart ? inputBytes * count / rows.count : inputBytes,
                workingBytes: (end - block) * decodedBytes * 2 + 2 * largest)
        }
    }

    package func read(
        _ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]
    ) throws(DataError) {
        let decoder = decoders.update { $0.popLast() } ?? Decoder(dataset.schema.columns)
        defer { decoders.update { $0.append(decoder) } }
        do throws(ShardError) {
            for block in piece.position[0]..<piece.extent[0] {
                if decoder.block != block {
                    let place = dataset.place(ofBlock: block)
                    decoder.block = nil
                    decoder.rows.removeAll()
                    try decoder.decoder.load(dataset.file(place.shard), block: place.block)
                    try decoder.decoder.append(to: decoder.rows)
                    decoder.block = block
                }
                let part = piece.extent.count > 1 ? piece.position[1]..<piece.extent[1] : 0..<decoder.rows.rowCount
                rows.append(columns: stored, rows: part, of: decoder.rows)
            }
        } catch {
            throw DataError(error)
        }
    }

    package func places(of piece: InputPiece) throws(DataError) -> [RowPlace] {
        let rows = dataset.rows(ofBlock: piece.position[0]).lowerBound + piece.position[1]
        return (rows..<rows + (piece.rowCount ?? 0)).map { row in
            let shard = dataset.place(ofRow: row).shard
            let place = row - dataset.rows(ofShard: shard).lowerBound
            return RowPlace(file: dataset.path(ofShard: shard), place: "row \(place), row \(row) of the dataset")
        }
    }

    /// What a thread needs to read blocks.
    private final class Decoder: @unchecked Sendable {
        // Invariant behind `@unchecked Sendable`: lent to one thread at a time.
        let decoder = BlockDecoder()
        let rows: RowChunk

        /// The block whose rows `rows` has: the next piece is often another part of it.
        var block: Int?

        init(_ columns: [ShardColumn]) { rows = RowChunk(columns) }
    }
}

extension RowChunk {
    /// Adds rows of another chunk: of its columns those with these numbers, which are the columns of this one.
    func append(columns: [Int], rows: Range<Int>, of other: RowChunk) {
        for (place, column) in columns.enumerated() {
            let range = other.range(ofRows: rows, column: column)
            append(UnsafeRawBufferPointer(rebasing: other.values[column].bytes.bytes[range]), column: place)
        }
        let lengths = columns.filter { other.columns[$0].isRagged }.map { column in
            rows.map { other.range(ofRow: $0, column: column).count }
        }
        endRows(rows.count, lengths: lengths)
    }
}
