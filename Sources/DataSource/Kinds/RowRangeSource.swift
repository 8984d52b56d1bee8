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
    public var fingerprint: String? {
        get throws(DataError) { try base.fingerprint.map { "\($0)[\(range)]" } }
    }

    public var readerBytes: Int { base.readerBytes }
    public var sharedBytes: Int { base.sharedBytes }
    public var isSequential: Bool { base.isSequential }
    public var slowColumns: [String] { base.slowColumns }
    public var readsSingleRows: Bool { base.readsSingleRows }

    public func location(ofRow row: Int) -> RowLocation { base.location(ofRow: row + range.lowerBound) }

    public func makeReader() -> any BlockReader { Reader(base: base.makeReader(), first: range.lowerBound) }

    private final class Reader: BlockReader {
        private let base: any BlockReader
        private let first: Int

        init(base: any BlockReader, first: Int) {
            self.base = base
            self.first = first
        }

        var storedBytesRead: Int { base.storedBytesRead }
        var readRetries: Int { base.readRetries }
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

extension Source {
    /// The rows in two: the first ones, and a fraction of last ones to validate on, as Keras's `validation_split` cuts.
    ///
    /// - Throws: `DataError` of kind `.usage` when the fraction is not between 0 and 1 or leaves a part without rows.
    public func split(
        last fraction: Double
    ) throws(DataError) -> (first: RowRangeSource, last: RowRangeSource) {
        guard fraction > 0, fraction < 1 else {
            throw DataError(kind: .usage, "expected a fraction between 0 and 1 to split off, found \(fraction)")
        }
        let count = Int(Double(rowCount) * (1 - fraction))
        guard count > 0, count < rowCount else {
            throw DataError(
                kind: .usage,
                "splitting off the last \(fraction) of \(rowCount) rows leaves \(count) and \(rowCount - count);"
                    + " neither part may be empty")
        }
        return (rows(0..<count), rows(count..<rowCount))
    }
}
