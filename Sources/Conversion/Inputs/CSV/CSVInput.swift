internal import Codecs
package import DataSource
internal import Memory
package import Shards

/// CSV and TSV files, plain or compressed by gzip or zstd, as rows.
///
/// Records follow RFC 4180: fields may be quoted, with newlines and doubled quotes inside; lines end with LF or CR LF,
/// the last one may lack it; blank lines are passed over, and a byte order mark too. Without declared types, the first
/// rows say what a column is: `int64` or `uint64`, `float32` or, where that would round them, `float64`, words of truth
/// `bool`, all else text. A label column of text becomes class numbers: its strings in the order of their bytes, which takes a pass
/// over the files when they are opened. A row that does not fit is bad, named by its line and column.
package final class CSVInput: RowInput {
    package let columns: [ShardColumn]
    package let byteCount: Int?
    package let fingerprint: String
    package let kind = InputKind.csv.rawValue
    package let classNames: [String]
    package var warnings: [String] { plan.warnings }
    private let files: [CSVFile]
    private let plan: CSVPlan
    private let scanner: CSVScanner
    private let classes: CSVClasses?
    private let summary: String

    /// Opens files, of which patterns are expanded; all have the columns of the first.
    package init(paths patterns: [String], options: RowInputOptions = RowInputOptions()) throws(DataError) {
        let paths = try InputPaths.expand(patterns)
        let head = try CSVHead(paths[0])
        let delimiter = options.csv.delimiter ?? head.delimiter()
        let isUsable = delimiter == 9 || (0x20...0x7e).contains(delimiter)
        guard isUsable, !"+-.\"".utf8.contains(delimiter), !Character(Unicode.Scalar(delimiter)).isLetter,
            !Character(Unicode.Scalar(delimiter)).isNumber
        else {
            throw DataError(
                kind: .usage, file: paths[0],
                "expected a delimiter that no number has, such as a comma, found"
                    + " '\(Character(Unicode.Scalar(delimiter)))'")
        }
        let scanner = CSVScanner(delimiter: delimiter)
        self.scanner = scanner
        let hasHeader: Bool
        let schema: CSVSchema
        (schema, hasHeader) = try Self.schema(of: head, scanner, options.csv)
        plan = try CSVPlan(schema, options, path: paths[0])
        var files: [CSVFile] = []
        for (number, path) in paths.enumerated() {
            files.append(
                try Self.file(
                    number == 0 ? head : CSVHead(path, byteCount: 1 << 16), scanner, hasHeader ? schema.names : nil)
            )
        }
        self.files = files
        columns = plan.columns
        byteCount = files.reduce(0) { $0 + $1.file.byteCount }
        classes = try plan.classField.map { field throws(DataError) in
            try Self.classes(files, scanner, field: field, name: schema.names[field])
        }
        classNames = classes.map { $0.names.map { String(decoding: $0, as: UTF8.self) } } ?? []
        fingerprint =
            "CSV; \(options.summary); \(plan.columns); " + files.map(\.file.summary).joined(separator: "; ")
        summary = options.summary
    }

    package var contents: String {
        get throws(DataError) {
            "CSV; \(summary); \(plan.columns); " + (try InputFile.contents(of: files.map(\.file)))
        }
    }

    package func makeCutter(at position: PiecePosition?) -> any PieceCutter {
        let widest = columns.reduce(1) { max($0, $1.type.byteCount) }
        return CSVCutter(files, scanner, expansion: widest, at: position)
    }

    package func read(
        _ piece: InputPiece, into rows: RowChunk, rejected: inout [RejectedRow]
    ) throws(DataError) {
        let file = files[piece.position[0]]
        let count = piece.extent[0] - piece.position[1]
        // Behind the records are a newline, for a last line without one, and zeros, at which every loop stops.
        let memory = AlignedBuffer(byteCount: count + 16)
        let place = UnsafeMutableRawBufferPointer(rebasing: memory.bytes[..<count])
        if file.compression == .none {
            try file.file.open().read(at: piece.position[1], into: place)
        } else {
            piece.content.withUnsafeBytes { place.copyMemory(from: $0) }
        }
        memory.bytes[count] = CSVScanner.newline
        let start = UnsafePointer(memory.address.assumingMemoryBound(to: UInt8.self))
        var parser = CSVParser(
            plan, scanner, classes, file: file.file.path, line: piece.position[2],
            bytes: UnsafeBufferPointer(start: start, count: count), start: start)
        parser.parse(into: rows, rejected: &rejected)
    }

    private static func schema(
        of head: CSVHead, _ scanner: CSVScanner, _ options: CSVOptions
    ) throws(DataError) -> (CSVSchema, hasHeader: Bool) {
        let records = head.records(scanner, count: max(1, options.sampleRows) + 1)
        guard let first = records.first else { throw head.file.error("expected a table, found blank lines only") }
        let reader = CSVNumber.Reader()
        func isNumber(_ field: [UInt8]) -> Bool {
            (field + [0]).withUnsafeBufferPointer {
                CSVNumber.whole(UnsafeBufferPointer(rebasing: $0.dropLast()), reader) != nil
            }
        }
        // A word above numbers is a name, and so are words alone; numbers above words are a row, or names as pandas has.
        let below = records.dropFirst().filter { $0.fields.count == first.fields.count }
        let hasName = first.fields.indices.contains { index in
            !isNumber(first.fields[index]) && !below.isEmpty && below.allSatisfy { isNumber($0.fields[index]) }
        }
        let hasHeader = options.hasHeader ?? (hasName || !first.fields.contains(where: isNumber))
        var names = first.fields.indices.map { "column_\($0)" }
        if hasHeader {
            for (index, field) in first.fields.enumerated() where !field.isEmpty {
                names[index] = String(decoding: field, as: UTF8.self)
            }
        }
        var known: Set<String> = []
        for name in names where !known.insert(name).inserted {
            throw head.file.error("expected columns of different names, found \"\(name)\" twice in its header")
        }
        var evidence = names.map { _ in CSVSchema.Evidence() }
        for record in records.dropFirst(hasHeader ? 1 : 0) where record.fields.count == names.count {
            for (index, field) in record.fields.enumerated() { evidence[index].add(field, reader) }
        }
        let schema = CSVSchema(
            names: names, kinds: evidence.map { $0.kind(missing: options.missing) }, isFine: evidence.map(\.isFine),
            isFinest: evidence.map(\.isFinest))
        return (schema, hasHeader)
    }

    private static func file(
        _ head: CSVHead, _ scanner: CSVScanner, _ names: [String]?
    ) throws(DataError) -> CSVFile {
        guard let names else {
            return CSVFile(file: head.file, compression: head.compression, start: head.markBytes, line: 1)
        }
        guard let first = head.records(scanner, count: 1).first else {
            throw head.file.error("expected a header, found blank lines only")
        }
        let found = first.fields.enumerated().map { index, field in
            field.isEmpty ? "column_\(index)" : String(decoding: field, as: UTF8.self)
        }
        guard found == names else {
            throw head.file.error(
                "expected the header of the first file, \(names.joined(separator: ", ")), found"
                    + " \(found.joined(separator: ", "))")
        }
        let lines = head.bytes.withUnsafeBytes {
            CSVScanner.newlineCount(UnsafeRawBufferPointer(rebasing: $0[..<first.end]))
        }
        return CSVFile(
            file: head.file, compression: head.compression, start: head.markBytes + first.end, line: 1 + lines)
    }

    /// Labels of more different values than this are no classes.
    private static let mostClasses = 1 << 20

    private static func classes(
        _ files: [CSVFile], _ scanner: CSVScanner, field: Int, name: String
    ) throws(DataError) -> CSVClasses {
        var names: Set<[UInt8]> = []
        for file in files {
            let cutter = CSVCutter([file], scanner, expansion: 1, at: nil)
            let open = try file.file.open()
            while let piece = try cutter.next() {
                let bytes =
                    try file.compression == .none
                    ? open.read(at: piece.position[1], count: piece.extent[0] - piece.position[1]) : piece.content
                bytes.withUnsafeBytes { bytes in
                    scanner.forEach(field: field, of: bytes) { value in
                        if !CSVWords.isMissing(value), !names.contains(Array(value)) { names.insert(Array(value)) }
                    }
                }
                guard names.count <= mostClasses else {
                    throw DataError(
                        file: file.file.path, dataset: name,
                        "expected a label of some classes, found more than \(mostClasses) different strings; leave the"
                            + " column as text or choose another label")
                }
            }
        }
        return CSVClasses(names)
    }
}
