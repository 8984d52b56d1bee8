/// Another source, one column of which is converted on its way into batches. What is stored and read stays the same.
public struct ConvertedSource: Source {
    private let base: any Source
    private let name: String
    private let conversion: ColumnConversion
    public let inputs: [ColumnInfo]
    public let targets: [ColumnInfo]
    public let sampleWeight: ColumnInfo?

    fileprivate init(_ base: any Source, _ name: String, _ conversion: ColumnConversion) throws(DataError) {
        func isMeant(_ column: ColumnInfo) -> Bool { ColumnChoice.isSame(column.name, name) }
        guard base.columns.contains(where: isMeant) else {
            throw DataError(
                kind: .usage,
                "there is no column \"\(name)\" to convert; the columns are "
                    + base.columns.map(\.name).joined(separator: ", "))
        }
        func converted(_ column: ColumnInfo) throws(DataError) -> ColumnInfo {
            guard isMeant(column) else { return column }
            if let problem = conversion.problem(with: column) {
                throw DataError(kind: .usage, dataset: column.name, problem)
            }
            var result = column
            result.conversion = conversion
            if let problem = result.augmentationProblem {
                throw DataError(kind: .usage, dataset: column.name, problem)
            }
            return result
        }
        self.base = base
        self.name = name
        self.conversion = conversion
        inputs = try base.inputs.map(converted)
        targets = try base.targets.map(converted)
        sampleWeight = try base.sampleWeight.map(converted)
        if let weight = sampleWeight, weight.batchType == .int32 || weight.batchRowShape != weight.rowShape {
            throw DataError(
                kind: .usage, dataset: weight.name, "sample weights are float32; they can be scaled, not \(conversion)")
        }
    }

    public var fingerprint: String? {
        get throws(DataError) { try base.fingerprint.map { "\($0); \(name) \(conversion)" } }
    }

    public var blocks: BlockTable { base.blocks }
    public var readerBytes: Int { base.readerBytes }
    public var sharedBytes: Int { base.sharedBytes }
    public var isSequential: Bool { base.isSequential }
    public var slowColumns: [String] { base.slowColumns }
    public var readsSingleRows: Bool { base.readsSingleRows }
    public func makeReader() -> any BlockReader { base.makeReader() }
    public func location(ofRow row: Int) -> RowLocation { base.location(ofRow: row) }
}

extension Source {
    /// The same rows with a column converted on its way into batches; another conversion of that column is replaced.
    ///
    ///     let source = try HDF5Source("train.h5").converting("images", .scale(1 / 255))
    ///
    /// - Throws: `DataError` of kind `.usage` when there is no such column, or it cannot be converted so.
    public func converting(
        _ column: String, _ conversion: ColumnConversion
    ) throws(DataError) -> ConvertedSource {
        try ConvertedSource(self, column, conversion)
    }
}
