internal import Codecs
package import DataSource
package import Shards

/// WebDataset archives: tar files, plain or compressed by gzip or zstd, whose files with one key are one sample.
///
/// The first sample says what the columns are: the extensions. JPEG and PNG files stay encoded; `.cls` and its kin are
/// integers, `.txt` and `.json` text, `.npy` arrays of the first one's shape, all else bytes. A sample that lacks a
/// column, or has a key that was there before, is bad; files of further extensions are passed over.
package final class TarInput: RowInput {
    package let columns: [ShardColumn]
    package let byteCount: Int?
    package let fingerprint: String
    package let kind = InputKind.webDataset.rawValue
    private let sources: [TarColumn]
    private let files: [InputFile]
    private let compressions: [Compression]
    private let summary: String

    /// Opens archives, of which patterns and braces are expanded.
    package init(paths patterns: [String], options: RowInputOptions = RowInputOptions()) throws(DataError) {
        var files: [InputFile] = []
        var compressions: [Compression] = []
        for path in try InputPaths.expand(patterns) {
            files.append(try InputFile(path))
            compressions.append(Compression(head: try files[files.count - 1].head(4)))
        }
        let (sample, content) = try Self.firstSample(files, compressions)
        var wanted = sample.files.map { (stored: $0.name, name: $0.name) }
        if let chosen = ColumnRenaming(options).chosen { wanted = chosen.map { ($0.stored.lowercased(), $0.name) } }
        var sources: [TarColumn] = []
        for (stored, name) in wanted {
            guard let file = sample.files.first(where: { $0.name == stored }) else {
                let names = sample.files.map(\.name).joined(separator: ", ")
                throw files[0].error("the first sample, \(sample.key), has no file .\(stored); it has \(names)")
            }
            do throws(TarColumn.Flaw) {
                sources.append(
                    try TarColumn(
                        stored, name: name, first: Array(content[file.range]), keepsPickles: options.keepsPickles))
            } catch {
                throw files[0].error("sample \(sample.key): .\(stored): \(error.reason)")
            }
        }
        if options.keepsKeys { sources.append(TarColumn(keys: "__key__")) }
        columns = sources.map(\.column)
        try checkNames(columns, files[0].path)
        self.sources = sources
        self.files = files
        self.compressions = compressions
        byteCount = files.reduce(0) { $0 + $1.byteCount }
        fingerprint = "WebDataset; \(options.summary); " + files.map(\.summary).joined(separator: "; ")
        summary = options.summary
    }

    package var contents: String {
        get throws(DataError) { "WebDataset; \(summary); " + (try InputFile.contents(of: files)) }
    }

    private static func firstSample(
        _ files: [InputFile], _ compressions: [Compression]
    ) throws(DataError) -> (TarSample, [UInt8]) {
        let cutter = TarCutter(files, compressions, at: nil, mostRows: 1)
        while let piece = try cutter.next() {
            let content = try content(of: piece, files, compressions)
            let samples = try TarSample.all(in: content, path: files[piece.position[0]].path, offset: piece.position[1])
            if let first = samples.first { return (first, content) }
        }
        throw files[0].error("expected files with keys and extensions, such as 000.jpg and 000.cls, found none")
    }

    private static func content(
        of piece: InputPiece, _ files: [InputFile], _ compressions: [Compression]
    ) throws(DataError) -> [UInt8] {
        let (number, offset) = (piece.position[0], piece.position[1])
        guard compressions[number] == .none else { return piece.content }
        return try files[number].open().read(at: offset, count: piece.extent[0] - offset)
    }

    package func makeCutter(at position: PiecePosition?) -> any PieceCutter {
        makeCutter(at: position, mostRows: mostPieceRows)
    }

    package func makeCutter(at position: PiecePosition?, mostRows: Int) -> any PieceCutter {
        TarCutter(files, compressions, at: position, mostRows: mostRows)
    }

    package func read(
        _ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]
    ) throws(DataError) {
        try read(piece, into: rows, rejected: &rejected) { _ in }
    }

    package func places(of piece: InputPiece) throws(DataError) -> [RowPlace] {
        var places: [RowPlace] = []
        var rejected: [RejectedRow] = []
        let path = files[piece.position[0]].path
        try read(piece, into: RowChunk(columns), rejected: &rejected) { sample in
            places.append(RowPlace(file: path, place: "sample \(sample.key)"))
        }
        return places
    }

    // Reads a piece, and says which samples became rows.
    private func read(
        _ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow], isGood: (TarSample) -> Void
    ) throws(DataError) {
        let content = try Self.content(of: piece, files, compressions)
        let path = files[piece.position[0]].path
        let repeated = Set(piece.extent.dropFirst())
        for sample in try TarSample.all(in: content, path: path, offset: piece.position[1]) {
            do throws(TarColumn.Flaw) {
                guard !repeated.contains(sample.offset) else {
                    throw TarColumn.Flaw(
                        reason:
                            "its key was there before: the files of one sample must follow each other, and keys differ")
                }
                try append(sample, content, to: rows)
                isGood(sample)
            } catch {
                rows.dropRow()
                rejected.append(RejectedRow(file: path, place: "sample \(sample.key)", reason: error.reason))
            }
        }
    }

    private func append(
        _ sample: TarSample, _ content: [UInt8], to rows: RowChunk
    ) throws(TarColumn.Flaw) {
        for (number, source) in sources.enumerated() {
            if source.kind == .key {
                try source.append(Array(sample.key.utf8), to: rows, column: number)
                continue
            }
            let found = sample.files.filter { $0.name == source.stored }
            guard let file = found.first else { throw TarColumn.Flaw(reason: "the file .\(source.stored) is missing") }
            guard found.count == 1 else {
                throw TarColumn.Flaw(reason: "expected one file .\(source.stored), found \(found.count)")
            }
            do throws(TarColumn.Flaw) {
                try source.append(Array(content[file.range]), to: rows, column: number)
            } catch {
                throw TarColumn.Flaw(reason: ".\(source.stored): \(error.reason)")
            }
        }
        rows.endRow()
    }
}
