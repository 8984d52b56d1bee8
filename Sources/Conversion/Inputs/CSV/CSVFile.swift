internal import Codecs
internal import DataSource

/// One CSV file: how it is compressed, and where its rows begin.
struct CSVFile: Sendable {
    let file: InputFile
    let compression: Compression

    /// The decoded offset of the first record behind byte order mark and header, and its line, from 1.
    let start: Int
    let line: Int

    /// A record longer than this is not one: more likely a quote was never closed.
    static let mostRecordBytes = 64 << 20

    /// A stream of the decoded bytes.
    func makeStream() throws(DataError) -> SequentialBytes {
        try SequentialBytes(file, decoder: compression.makeDecoder())
    }
}

/// The beginning of a CSV file: enough to say what its columns are.
struct CSVHead {
    let file: InputFile
    let compression: Compression
    /// Decoded bytes behind the byte order mark, whole records unless the first is longer.
    let bytes: [UInt8]
    let markBytes: Int

    private static let sampleBytes = 4 << 20

    /// - Parameter byteCount: how much to read at most; more is read when no record ends in it.
    init(_ path: String, byteCount: Int? = nil) throws(DataError) {
        file = try InputFile(path)
        compression = Compression(head: try file.head(4))
        let stream = try SequentialBytes(file, decoder: compression.makeDecoder())
        var bytes = try stream.next(byteCount ?? Self.sampleBytes)
        for (mark, name) in [([0xff, 0xfe], "UTF-16"), ([0xfe, 0xff], "UTF-16")] as [([UInt8], String)]
        where bytes.starts(with: mark) {
            throw file.error("expected UTF-8, found \(name); convert it, for example with iconv -f \(name) -t UTF-8")
        }
        markBytes = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? 3 : 0
        bytes.removeFirst(markBytes)
        self.bytes = bytes
        guard !bytes.isEmpty else { throw file.error("expected a table, found an empty file") }
        guard !bytes.prefix(1 << 16).contains(0) else {
            throw file.error("expected text, found zero bytes; it is no CSV file, or in UTF-16")
        }
        if !bytes.contains(CSVScanner.newline), bytes.contains(CSVScanner.carriageReturn) {
            throw file.error(
                "its lines end with a carriage return alone; convert it, for example with tr '\\r' '\\n'")
        }
    }

    /// What separates the fields of the first record.
    func delimiter() -> UInt8 {
        let name = Compression.plainName(file.path.lowercased())
        if name.hasSuffix(".tsv") || name.hasSuffix(".tab") { return UInt8(ascii: "\t") }
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in bytes {
            if byte == CSVScanner.quote { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == CSVScanner.newline, !counts.isEmpty { break }
            if ",;\t|".utf8.contains(byte) { counts[byte, default: 0] += 1 }
        }
        let candidates = Array(",;\t|".utf8)
        return candidates.max { (counts[$0] ?? 0, -Int($0)) < (counts[$1] ?? 0, -Int($1)) }
            .flatMap { counts[$0] == nil ? nil : $0 } ?? UInt8(ascii: ",")
    }

    /// The first records that are not blank, at most `count`: the fields, where the record ends and its line.
    func records(_ scanner: CSVScanner, count: Int) -> [(fields: [[UInt8]], end: Int, line: Int)] {
        var result: [(fields: [[UInt8]], end: Int, line: Int)] = []
        bytes.withUnsafeBytes { all in
            var place = 0
            var line = 1
            while place < all.count, result.count < count {
                let rest = UnsafeRawBufferPointer(rebasing: all[place...])
                let length = scanner.firstEnd(in: rest)
                // The last record of a sample is cut; that of a file that was read whole is not.
                if length == nil, bytes.count + markBytes >= Self.sampleBytes, !result.isEmpty { return }
                let record = UnsafeRawBufferPointer(rebasing: rest[..<(length ?? rest.count)])
                let end = place + (length.map { $0 + 1 } ?? rest.count)
                if !record.isEmpty, !record.elementsEqual([CSVScanner.carriageReturn]) {
                    result.append((scanner.fields(record), end, line))
                }
                line += CSVScanner.newlineCount(UnsafeRawBufferPointer(rebasing: all[place..<end]))
                place = end
            }
        }
        return result
    }
}
