/// A range of another source's rows, as a source: nothing is copied.
public struct RowRangeSource: Source {
    private let base: any Source
    private let range: Range<Int>
    public let blocks: BlockTable

    init(_ base: any Source, range: Range<Int>) {
        self.base = base
        self.range = range
        blocks = base.blocks.rows(range)
    }

    public var inputs: [ColumnInfo] { base.inputs }
    public var targets: [ColumnInfo] { base.targets }
    public var sampleWeight: ColumnInfo? { base.sampleWeight }
    public var fingerprint: String? { base.fingerprint.map { "\($0)[\(range)]" } }
    public var readerBytes: Int { base.readerBytes }
    public var sharedBytes: Int { base.sharedBytes }
    public var isSequential: Bool { base.isSequential }
    public var readsSingleRows: Bool { base.readsSingleRows }

    public func makeReader() -> any BlockReader { Reader(base: base.makeReader(), first: range.lowerBound) }

    private final class Reader: BlockReader {
        private let base: any BlockReader
        private let first: Int

        init(base: any BlockReader, first: Int) {
            self.base = base
            self.first = first
        }

        var storedBytesRead: Int { base.storedBytesRead }
        var readSeconds: Double { base.readSeconds }

        func prefetch(rows: Range<Int>) {
            base.prefetch(rows: rows.lowerBound + first..<rows.upperBound + first)
        }

        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            try base.read(rows: rows.lowerBound + first..<rows.upperBound + first, into: destination)
        }
    }
}

extension Source {
    /// A range of the rows as a source, for example to hold the last rows back for validation. Nothing is copied.
    public func rows(_ range: Range<Int>) -> RowRangeSource { RowRangeSource(self, range: range) }
}
