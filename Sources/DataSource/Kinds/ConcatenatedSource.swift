/// Several sources as one dataset: the rows of the first, then those of the second, and so on. Nothing is copied.
///
/// Blocks never span two parts. A worker keeps the readers of a few parts that it used last.
public struct ConcatenatedSource: Source {
    public let inputs: [ColumnInfo]
    public let targets: [ColumnInfo]
    public let sampleWeight: ColumnInfo?
    public let blocks: BlockTable
    public let readerBytes: Int
    public let sharedBytes: Int

    // Those that have rows, and the row of the whole with which each begins.
    private let parts: [any Source]
    private let firstRows: [Int]

    /// Readers that a worker keeps. In a random order over many parts hardly any is met again before it is dropped;
    /// with few parts all are kept.
    static let readersKept = 4

    /// Joins sources whose columns are equal in names, types, row shapes and conversions.
    ///
    /// - Throws: `DataError` that names every difference (of the first ten parts that have one), or that there are no
    ///   parts.
    public init(_ parts: [any Source]) throws(DataError) {
        guard let first = parts.first else {
            throw DataError(kind: .usage, "expected at least one source to join, found none")
        }
        func name(_ index: Int) -> String {
            let file = parts[index].rowCount > 0 ? parts[index].location(ofRow: 0).file : nil
            return file ?? "source \(index + 1)"
        }
        var differences = SchemaDifferences(reference: name(0))
        for (index, part) in parts.enumerated().dropFirst() {
            differences.compare(name(index), part.inputs, with: first.inputs, role: "input")
            differences.compare(name(index), part.targets, with: first.targets, role: "target")
            differences.compare(
                name(index), part.sampleWeight.map { [$0] } ?? [], with: first.sampleWeight.map { [$0] } ?? [],
                role: "sample weight")
        }
        try differences.check(of: parts.count)
        self.init(alike: parts, sharedBytes: parts.reduce(0) { $0 + $1.sharedBytes })
    }

    // Joins parts that are known to have equal columns.
    init(alike parts: [any Source], sharedBytes: Int) {
        precondition(!parts.isEmpty, "ConcatenatedSource: no parts")
        inputs = parts[0].inputs
        targets = parts[0].targets
        sampleWeight = parts[0].sampleWeight
        let filled = parts.filter { $0.rowCount > 0 }
        self.parts = filled
        var rows = 0
        firstRows = filled.map { part in
            defer { rows += part.rowCount }
            return rows
        }
        blocks = BlockTable(concatenating: filled.map(\.blocks))
        readerBytes = filled.map(\.readerBytes).sorted(by: >).prefix(Self.readersKept).reduce(0, +)
        self.sharedBytes = sharedBytes
    }

    public var fingerprint: String? {
        get throws(DataError) {
            var texts: [String] = []
            for part in parts {
                guard let text = try part.fingerprint else { return nil }
                texts.append(text)
            }
            return texts.count == 1 ? texts[0] : Fingerprint.summary(of: texts, rowCount: rowCount)
        }
    }

    public var slowColumns: [String] { parts.flatMap(\.slowColumns) }
    public var isSequential: Bool { parts.contains { $0.isSequential } }
    public var readsSingleRows: Bool { parts.allSatisfy { $0.readsSingleRows } }

    public func location(ofRow row: Int) -> RowLocation {
        let index = part(ofRow: row)
        return parts[index].location(ofRow: row - firstRows[index])
    }

    public func makeReader() -> any BlockReader { Reader(self) }

    // The last part that begins at the row or before it.
    private func part(ofRow row: Int) -> Int {
        var low = 0
        var high = firstRows.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if firstRows[middle] <= row { low = middle } else { high = middle }
        }
        return low
    }

    private final class Reader: BlockReader {
        private let source: ConcatenatedSource

        // The one used last is at the end.
        private var open: [(part: Int, reader: any BlockReader)] = []
        private var bytesOfDropped = 0
        private var secondsOfDropped = 0.0
        private var retriesOfDropped = 0

        init(_ source: ConcatenatedSource) { self.source = source }

        var storedBytesRead: Int { open.reduce(bytesOfDropped) { $0 + $1.reader.storedBytesRead } }

        var readRetries: Int { open.reduce(retriesOfDropped) { $0 + $1.reader.readRetries } }

        var readSeconds: Double { open.reduce(secondsOfDropped) { $0 + $1.reader.readSeconds } }

        func prefetch(rows: Range<Int>) {
            let part = source.part(ofRow: rows.lowerBound)
            let first = source.firstRows[part]
            // A file that is not open is not opened for it: the one in use would have to go.
            open.first { $0.part == part }?.reader
                .prefetch(rows: rows.lowerBound - first..<rows.upperBound - first)
        }

        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            let part = source.part(ofRow: rows.lowerBound)
            let first = source.firstRows[part]
            try reader(of: part).read(rows: rows.lowerBound - first..<rows.upperBound - first, into: destination)
        }

        private func reader(of part: Int) -> any BlockReader {
            if open.last?.part != part {
                if let index = open.firstIndex(where: { $0.part == part }) {
                    open.append(open.remove(at: index))
                } else {
                    // The old one goes first: there is memory for so many, not for one more.
                    if open.count == ConcatenatedSource.readersKept {
                        let dropped = open.removeFirst().reader
                        bytesOfDropped += dropped.storedBytesRead
                        secondsOfDropped += dropped.readSeconds
                        retriesOfDropped += dropped.readRetries
                    }
                    open.append((part, source.parts[part].makeReader()))
                }
            }
            return open[open.count - 1].reader
        }
    }
}
