internal import Codecs
package import DataSource
internal import Memory
package import Shards

/// Directories of MosaicML Streaming (MDS), with raw or zstd-compressed shards.
///
/// Hashes of the index are verified where they are CRC-32, SHA-1, SHA-256 or of the xxHash family, when a shard is begun.
/// Arrays that say their own shape become columns of that shape when the first samples agree, else ragged ones. JPEG and
/// PNG values stay encoded, JSON stays text; pickles are refused.
package final class MDSInput: RowInput {
    package let columns: [ShardColumn]
    package let rowCount: Int?
    package let byteCount: Int?
    package let fingerprint: String
    package let kind = InputKind.mds.rawValue

    /// Kinds of hashes that the index has and that are not verified.
    package let unverifiedHashes: [String]

    package var warnings: [String] {
        unverifiedHashes.map { "hashes \($0) of the index are not known here and were not verified" }
    }
    private let shards: [MDSIndex.Shard]
    private let stored: [MDSIndex.Column]
    private let sources: [MDSColumn]
    /// For each stored column its place among the columns, or nil.
    private let places: [Int?]
    private let summary: String

    /// Opens directories that hold an `index.json`, as one dataset.
    package init(paths: [String], options: RowInputOptions = RowInputOptions()) throws(DataError) {
        var shards: [MDSIndex.Shard] = []
        var stored: [MDSIndex.Column] = []
        var unverified: Set<String> = []
        for path in paths {
            let index = try MDSIndex(path)
            if stored.isEmpty { stored = index.columns }
            guard index.columns == stored else {
                throw DataError(file: path, "expected the columns of \(paths[0]), found \(index.columns.map(\.name))")
            }
            shards += index.shards
            unverified.formUnion(index.unverifiedHashes)
        }
        self.shards = shards
        unverifiedHashes = unverified.sorted()
        var wanted: [(stored: String, name: String)] = stored.map { ($0.name, $0.name) }
        if let chosen = ColumnRenaming(options).chosen { wanted = chosen }
        var sources: [MDSColumn] = []
        for (name, newName) in wanted {
            guard let source = stored.first(where: { $0.name == name }) else {
                let names = stored.map(\.name).joined(separator: ", ")
                throw DataError(file: paths[0], dataset: name, "there is no such column; there are \(names)")
            }
            do throws(MDSColumn.Flaw) {
                var column = try MDSColumn(source, keepsPickles: options.keepsPickles)
                column.column.name = newName
                sources.append(column)
            } catch {
                throw DataError(file: paths[0], dataset: name, error.reason)
            }
        }
        places = stored.map { column in sources.firstIndex { $0.source.name == column.name } }
        try Self.lookAtFirst(shards, stored, &sources)
        self.sources = sources
        self.stored = stored
        columns = sources.map(\.column)
        try checkNames(columns, paths[0])
        rowCount = shards.reduce(0) { $0 + $1.sampleCount }
        guard (rowCount ?? 0) > 0 else { throw DataError(file: paths[0], "expected at least one sample, found none") }
        byteCount = shards.reduce(0) { $0 + $1.file.byteCount }
        fingerprint = "MDS; \(options.summary); " + shards.map(\.file.summary).joined(separator: "; ")
        summary = options.summary
    }

    package var contents: String {
        get throws(DataError) { "MDS; \(summary); " + (try InputFile.contents(of: shards.map(\.file))) }
    }

    // Says what the columns are whose arrays say their own shape: by the samples in the first mebibyte.
    private static func lookAtFirst(
        _ shards: [MDSIndex.Shard], _ stored: [MDSIndex.Column], _ sources: inout [MDSColumn]
    ) throws(DataError) {
        guard sources.contains(where: \.isDynamic), let shard = shards.first(where: { $0.sampleCount > 0 }) else {
            return
        }
        let reader = try MDSShardReader(shard, verifies: false)
        let start = reader.offsets[0]
        let count = max(1, reader.offsets.dropFirst().prefix { $0 - start <= pieceBytes }.count)
        let bytes = try reader.read(0..<count)
        for index in sources.indices where sources[index].isDynamic {
            var shapes: Set<Shape> = []
            var type: ScalarType?
            bytes.withUnsafeBytes { bytes in
                for sample in 0..<count {
                    let range = reader.offsets[sample] - start..<reader.offsets[sample + 1] - start
                    let values = try? MDSInput.values(UnsafeRawBufferPointer(rebasing: bytes[range]), stored)
                    guard let place = stored.firstIndex(of: sources[index].source), let values,
                        let (found, shape, _) = try? sources[index].array(values[place])
                    else { continue }
                    if type == nil { type = found }
                    shapes.insert(shape)
                }
            }
            let name = sources[index].column.name
            guard let type, let first = shapes.first else {
                throw shard.file.error("column \(name): none of the first \(count) samples is an array")
            }
            if shapes.count == 1 {
                sources[index].column = ShardColumn(name, type, rowShape: first)
            } else {
                let inner = Set(shapes.map(\.withoutFirst))
                guard inner.count == 1, first.rank > 0 else {
                    let list = shapes.map(\.description).sorted().prefix(5).joined(separator: ", ")
                    throw shard.file.error(
                        "column \(name): expected arrays that differ along their first axis only, found \(list)")
                }
                sources[index].column = ShardColumn(ragged: name, type, elementShape: first.withoutFirst)
            }
        }
    }

    /// The bytes of each column in a sample.
    static func values(
        _ sample: UnsafeRawBufferPointer, _ columns: [MDSIndex.Column]
    ) throws(MDSColumn.Flaw) -> [UnsafeRawBufferPointer] {
        var place = 4 * columns.reduce(0) { $0 + ($1.size == nil ? 1 : 0) }
        var table = 0
        var values: [UnsafeRawBufferPointer] = []
        for column in columns {
            var size = column.size ?? 0
            if column.size == nil {
                guard table + 4 <= sample.count else {
                    throw MDSColumn.Flaw(reason: "truncated: it has \(sample.count) bytes")
                }
                size = Int(UInt32(littleEndian: sample.loadUnaligned(fromByteOffset: table, as: UInt32.self)))
                table += 4
            }
            guard place <= sample.count, size <= sample.count - place else {
                throw MDSColumn.Flaw(
                    reason: "column \(column.name): expected \(size) bytes at offset \(place) of the sample's"
                        + " \(sample.count)")
            }
            values.append(UnsafeRawBufferPointer(rebasing: sample[place..<place + size]))
            place += size
        }
        guard place == sample.count else {
            throw MDSColumn.Flaw(reason: "expected \(place) bytes of its columns, found \(sample.count)")
        }
        return values
    }

    package func makeCutter(at position: PiecePosition?) -> any PieceCutter {
        makeCutter(at: position, mostRows: mostPieceRows)
    }

    package func makeCutter(at position: PiecePosition?, mostRows: Int) -> any PieceCutter {
        MDSCutter(shards, at: position, mostRows: mostRows)
    }

    package func read(
        _ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]
    ) throws(DataError) {
        try read(piece, into: rows, rejected: &rejected) { _ in }
    }

    package func places(of piece: InputPiece) throws(DataError) -> [RowPlace] {
        var places: [RowPlace] = []
        var rejected: [RejectedRow] = []
        let path = shards[piece.position[0]].file.path
        try read(piece, into: RowChunk(columns), rejected: &rejected) { sample in
            places.append(RowPlace(file: path, place: "sample \(sample)"))
        }
        return places
    }

    // Reads a piece, and says which samples of the shard became rows.
    private func read(
        _ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow], isGood: (Int) -> Void
    ) throws(DataError) {
        let shard = shards[piece.position[0]]
        // The extent holds where each sample begins in the content, and the end of the last.
        let bounds = piece.extent
        let content =
            try shard.isCompressed
            ? piece.content : shard.file.open().read(at: piece.position[2], count: bounds[bounds.count - 1])
        content.withUnsafeBytes { content in
            for sample in 0..<bounds.count - 1 {
                do throws(MDSColumn.Flaw) {
                    try append(
                        UnsafeRawBufferPointer(rebasing: content[bounds[sample]..<bounds[sample + 1]]), to: rows)
                    isGood(piece.position[1] + sample)
                } catch {
                    rows.dropRow()
                    rejected.append(
                        RejectedRow(
                            file: shard.file.path, place: "sample \(piece.position[1] + sample)", reason: error.reason))
                }
            }
        }
    }

    private func append(_ sample: UnsafeRawBufferPointer, to rows: RowChunk) throws(MDSColumn.Flaw) {
        let values = try Self.values(sample, stored)
        for (index, place) in places.enumerated() {
            guard let place else { continue }
            do throws(MDSColumn.Flaw) {
                try sources[place].append(values[index], to: rows, column: place)
            } catch {
                throw MDSColumn.Flaw(reason: "column \(stored[index].name): \(error.reason)")
            }
        }
        rows.endRow()
    }
}
