import Memory
internal import Shards

/// Columns of one or several datasets of shards as a source.
///
/// Opening reads manifests only; shards are opened when their rows are read, and a limited number stays open. The blocks
/// are those of the shards. Several datasets are one: the rows of the first, then those of the second; what they are is
/// compared, and every difference named. Paths are directories, manifests or patterns: see `DataFiles.expand`.
public final class ShardSource: Source {
    public var inputs: [ColumnInfo] { whole.inputs }
    public var targets: [ColumnInfo] { whole.targets }
    public var sampleWeight: ColumnInfo? { whole.sampleWeight }
    public var blocks: BlockTable { whole.blocks }
    public var readerBytes: Int { whole.readerBytes }
    public var sharedBytes: Int { whole.sharedBytes }

    /// The datasets' directories or manifests.
    public let paths: [String]

    /// Whether bytes that were read leave the page cache: for data larger than half of the machine's memory, which would
    /// push everything else out of it and not be there when the next epoch comes.
    public let dropsPageCache: Bool

    private let whole: ConcatenatedSource
    private let openShards: OpenShards

    /// Opens a dataset, or those of a pattern, with one input and at most one target.
    ///
    /// Without names columns are found as by `HDF5Source`: `x` and `y`, else a pair of well-known names, else the only two
    /// columns, the wider one being `x`; if that is not clear the error lists what the dataset holds.
    ///
    /// Rows of different lengths need a `padding`, and encoded images a size (`images`), by the name of their column.
    public convenience init(
        _ path: String, x: String? = nil, y: String? = nil, sampleWeight: String? = nil,
        padding: [String: RowPadding] = [:], images: [String: ImageShape] = [:], requiresTargets: Bool = true
    ) throws(DataError) {
        var names = ColumnNames()
        names.x = x.map { [$0] } ?? []
        names.y = y.map { [$0] } ?? []
        names.sampleWeight = sampleWeight
        (names.padding, names.images) = (padding, images)
        names.requiresTargets = requiresTargets
        try self.init(paths: [path], names)
    }

    /// Opens several datasets as one with several inputs and targets, in the model's order.
    public convenience init(
        paths: [String], x: [String], y: [String], sampleWeight: String? = nil, padding: [String: RowPadding] = [:],
        images: [String: ImageShape] = [:]
    ) throws(DataError) {
        precondition(!x.isEmpty, "ShardSource: at least one input is needed")
        var names = ColumnNames()
        (names.x, names.y) = (x, y)
        names.sampleWeight = sampleWeight
        names.requiresTargets = !y.isEmpty
        (names.padding, names.images) = (padding, images)
        try self.init(paths: paths, names)
    }

    /// Opens several datasets as one, columns by names that mean what they mean to `HDF5Source`.
    public init(paths: [String], _ names: ColumnNames) throws(DataError) {
        let opened = try ShardOpening(DataFiles.expand(paths, .shards), names)
        let sampleWeight = names.sampleWeight
        self.paths = opened.paths
        openShards = opened.openShards
        let byteCount = opened.datasets.reduce(0) { $0 + $1.manifest.byteCount }
        let dropsPageCache = byteCount > ProcessMemory.physicalBytes / 2
        self.dropsPageCache = dropsPageCache
        let parts = zip(opened.datasets, opened.columns).map { dataset, columns in
            ShardPart(
                dataset, columns: columns, inputCount: opened.inputCount, hasSampleWeight: sampleWeight != nil,
                dropsPageCache: dropsPageCache)
        }
        whole = ConcatenatedSource(alike: parts, sharedBytes: opened.sharedBytes(dropsPageCache: dropsPageCache))
        guard whole.rowCount > 0 else {
            throw DataError(
                file: opened.paths[0], dataset: whole.inputs[0].name,
                "expected at least one row, found none" + (parts.count > 1 ? " in all \(parts.count) datasets" : ""))
        }
    }

    /// The identities of the datasets, as their manifests give them: no data are read.
    public var fingerprint: String? { get throws(DataError) { try whole.fingerprint } }

    /// Shards that are open now: for tests.
    package var openShardCount: Int { openShards.count }

    public func makeReader() -> any BlockReader { whole.makeReader() }
    public func location(ofRow row: Int) -> RowLocation { whole.location(ofRow: row) }
}
