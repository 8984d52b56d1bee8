internal import Codecs
internal import DataSource
internal import HDF5Store
internal import Shards
internal import Workers

/// The columns of text and lists of an `HDF5Input`, over all its files.
final class HDF5RaggedColumns: Sendable {
    /// One column.
    struct Column: Sendable {
        let place: Int
        let stored: String
        let kind: HDF5RaggedKind
        let shardColumn: ShardColumn
    }

    let columns: [Column]

    /// The number of rows of all files up to and with each.
    let bounds: [Int]

    /// Bytes of one row in the mean, estimated from the files' sizes: lists are stored uncompressed.
    let meanRowBytes: Int

    /// Blocks of some rows, for files that hold nothing else.
    let blocks: BlockTable

    private let paths: [String]
    /// The files asked for last; few, because the library keeps much for each.
    private let open = Monitor<[(file: Int, datasets: [HDF5Dataset])]>([])

    init(_ paths: [String], _ choices: [HDF5Columns.Choice]) throws(DataError) {
        self.paths = paths
        var columns: [Column] = []
        var bounds: [Int] = []
        var bytes = 0
        for path in paths {
            bytes += try InputFile(path).byteCount
            let datasets = try Self.open(path, choices.map(\.stored), triesFirst: true)
            let rows = datasets[0].rowCount
            for (choice, dataset) in zip(choices, datasets) {
                guard dataset.shape == [rows],
                    let kind = try inputErrors({ () throws(HDF5Error) in
                        try dataset.raggedKind()
                    })
                else {
                    throw DataError(
                        file: path, dataset: choice.stored,
                        "expected \(rows) rows of text or lists, found \(dataset.listing)")
                }
                let column = Column(
                    place: choice.place, stored: choice.stored, kind: kind,
                    shardColumn: Self.shardColumn(choice.name, kind))
                if bounds.isEmpty {
                    columns.append(column)
                } else if let first = columns.first(where: { $0.place == choice.place }),
                    first.shardColumn != column.shardColumn
                {
                    throw DataError(
                        file: path, dataset: choice.stored,
                        "expected the type of \(paths[0]), found \(dataset.type): all files of one dataset are alike")
                }
                try inputErrors { () throws(HDF5Error) in try dataset.probeRagged(kind, step: 1024) }
            }
            bounds.append((bounds.last ?? 0) + rows)
        }
        self.columns = columns
        self.bounds = bounds
        let rowCount = bounds.last ?? 0
        meanRowBytes = max(16, bytes / max(1, rowCount))
        let step = max(1, pieceBytes / 4 / meanRowBytes)
        var cuts = [0]
        for bound in bounds {
            var last = cuts[cuts.count - 1]
            while last < bound {
                last = min(bound, last + step)
                cuts.append(last)
            }
        }
        blocks = BlockTable(bounds: cuts)
    }

    private static func shardColumn(_ name: String, _ kind: HDF5RaggedKind) -> ShardColumn {
        switch kind {
        case .fixedText, .variableText: ShardColumn(bytes: name, encoding: .text)
        case .opaque: ShardColumn(bytes: name)
        case .list(let type, _): ShardColumn(ragged: name, type)
        }
    }

    private static func open(
        _ path: String, _ names: [String], triesFirst: Bool
    ) throws(DataError) -> [HDF5Dataset] {
        try inputErrors { () throws(HDF5Error) in
            let file = try HDF5File(path: path)
            var datasets: [HDF5Dataset] = []
            for name in names { datasets.append(try file.dataset(name, triesFirst: triesFirst)) }
            return datasets
        }
    }

    /// Throws when the columns of numbers have other numbers of rows, file by file.
    func check(_ source: HDF5Source) throws(DataError) {
        for (file, bound) in bounds.enumerated() where bound > (file == 0 ? 0 : bounds[file - 1]) {
            guard bound <= source.rowCount, source.location(ofRow: bound - 1).file == paths[file],
                bound == source.rowCount || source.location(ofRow: bound).file != paths[file]
            else {
                throw DataError(
                    file: paths[file], dataset: columns[0].stored,
                    "expected as many rows as the columns of numbers have, found \(bound) up to the end of this file")
            }
        }
        guard bounds.last == source.rowCount else {
            throw DataError(
                file: paths[0],
                "expected columns of equally many rows, found \(bounds.last ?? 0) of"
                    + " \(columns[0].stored) and \(source.rowCount) of \(source.columns[0].name)")
        }
    }

    /// Where a row comes from.
    func location(ofRow row: Int) -> RowLocation {
        let file = fileIndex(ofRow: row)
        return RowLocation(file: paths[file], row: row - (file == 0 ? 0 : bounds[file - 1]))
    }

    private func fileIndex(ofRow row: Int) -> Int { bounds.firstIndex { row < $0 } ?? bounds.count - 1 }

    /// Appends the values of rows of one file; `length` is told the bytes of each row of each column.
    func read(
        _ rows: Range<Int>, into chunk: RowChunk, length: (_ place: Int, _ byteCount: Int) -> Void
    ) throws(DataError) {
        let file = fileIndex(ofRow: rows.lowerBound)
        let start = file == 0 ? 0 : bounds[file - 1]
        let local = rows.lowerBound - start..<rows.upperBound - start
        let datasets = try datasets(of: file)
        for (column, dataset) in zip(columns, datasets) {
            try inputErrors { () throws(HDF5Error) in
                try dataset.readRagged(rows: local, column.kind) { bytes in
                    let place = chunk.extend(column: column.place, by: bytes.count)
                    place.copyMemory(from: bytes)
                    if case .list(let type, true) = column.kind {
                        ByteOrder.reverse(place, elementSize: type.byteCount)
                    }
                    length(column.place, bytes.count)
                }
            }
        }
    }

    private func datasets(of file: Int) throws(DataError) -> [HDF5Dataset] {
        if let known = open.update({ open in open.first { $0.file == file }?.datasets }) { return known }
        let datasets = try Self.open(paths[file], columns.map(\.stored), triesFirst: false)
        _ = open.update { open -> [HDF5Dataset]? in
            open.append((file, datasets))
            return open.count > 4 ? open.removeFirst().datasets : nil
        }
        return datasets
    }
}
