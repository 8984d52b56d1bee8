package import DataSource
package import Shards
internal import Workers

/// A dataset of shards as an input: to shuffle it, change its blocks, keep some of its columns, or decode its images.
package struct ShardInput: RowInput {
    package let columns: [ShardColumn]
    package let fingerprint: String
    package let summary: String
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
                    kind: .usage, file: path,
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
        summary = manifest.source
        rowCount = manifest.rowCount
        byteCount = manifest.byteCount
        let isKept = manifest.classNames.map { names in stored.contains { all[$0].name == names.column } } ?? false
        classNames = isKept ? manifest.classNames?.names ?? [] : []
    }

    package func makeCutter(at position: PiecePosition?) throws(DataError) -> any PieceCutter {
        Cutter(self, block: position?.first ?? 0)
    }

    private final class Cutter: PieceCutter {
        private let input: ShardInput
        private let blocksPerPiece: Int
        private let decodedBytes: Int
        private var block: Int

        init(_ input: ShardInput, block: Int) {
            self.input = input
            self.block = block
            let content = input.dataset.manifest.statistics.reduce(0) { $0 + $1.contentBytes }
            decodedBytes = max(1, content / max(1, input.dataset.blockCount))
            blocksPerPiece = max(1, pieceBytes / decodedBytes)
        }

        func next() throws(DataError) -> InputPiece? {
            let dataset = input.dataset
            guard block < dataset.blockCount else { return nil }
            let end = min(block + blocksPerPiece, dataset.blockCount)
            defer { block = end }
            let largest = dataset.manifest.statistics.reduce(0) { $0 + $1.largestContentBytes }
            return InputPiece(
                position: [block], extent: [end],
                inputBytes: dataset.manifest.byteCount / max(1, dataset.blockCount) * (end - block),
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
                let place = dataset.place(ofBlock: block)
                decoder.rows.removeAll()
                try decoder.decoder.load(dataset.file(place.shard), block: place.block)
                try decoder.decoder.append(to: decoder.rows)
                rows.append(columns: stored, of: decoder.rows)
            }
        } catch {
            throw DataError(error)
        }
    }

    /// What a thread needs to read blocks.
    private final class Decoder: @unchecked Sendable {
        // Invariant behind `@unchecked Sendable`: lent to one thread at a time.
        let decoder = BlockDecoder()
        let rows: RowChunk
        init(_ columns: [ShardColumn]) { rows = RowChunk(columns) }
    }
}

extension RowChunk {
    /// Adds all rows of another chunk: of its columns those with these numbers, which are the columns of this one.
    func append(columns: [Int], of other: RowChunk) {
        for (place, column) in columns.enumerated() {
            append(other.values[column].bytes.bytes, column: place)
        }
        let lengths = columns.filter { other.columns[$0].isRagged }.map { column in
            (0..<other.rowCount).map { other.range(ofRow: $0, column: column).count }
        }
        endRows(other.rowCount, lengths: lengths)
    }
}
