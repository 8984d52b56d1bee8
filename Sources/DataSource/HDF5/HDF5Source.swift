import HDF5Store
import Memory

/// Datasets of one or several HDF5 files as a source.
///
/// Opening reads metadata only. Rows are the first axis of every dataset; those of several files follow one another in
/// the order of the files. Blocks are the chunk rows of a file's widest dataset, several chunks together when those are
/// small, and never span files. Paths may be patterns: see `DataFiles.expand`.
public final class HDF5Source: Source {
    public var inputs: [ColumnInfo] { whole.inputs }
    public var targets: [ColumnInfo] { whole.targets }
    public var sampleWeight: ColumnInfo? { whole.sampleWeight }
    public var blocks: BlockTable { whole.blocks }
    public var readerBytes: Int { whole.readerBytes }
    public var sharedBytes: Int { whole.sharedBytes }
    public var readsSingleRows: Bool { whole.readsSingleRows }

    /// The files.
    public let paths: [String]

    /// Datasets whose rows go through the HDF5 library, under its lock, and why: slower than decoding them here.
    public let slowColumns: [String]

    /// Whether bytes that were read leave the page cache: for files larger than half of the machine's memory, which
    /// would push everything else out of it and not be there when the next epoch comes.
    public let dropsPageCache: Bool

    private let whole: ConcatenatedSource
    private let cache: DecodedChunkCache

    /// Chunks that span blocks are kept up to this many bytes.
    private static let cacheBytes = 8 << 20

    /// Opens a file, or those of a pattern, with one input and at most one target.
    ///
    /// Without names: `x` and `y`, else a pair of well-known names, else the only two datasets of equally many rows,
    /// the wider one being `x`; if that is not clear the error lists what the file holds. With `requiresTargets` false
    /// a file without a target will do.
    public convenience init(
        _ path: String, x: String? = nil, y: String? = nil, sampleWeight: String? = nil, requiresTargets: Bool = true
    ) throws(DataError) {
        try self.init(paths: [path], x: x, y: y, sampleWeight: sampleWeight, requiresTargets: requiresTargets)
    }

    /// Opens a file, or those of a pattern, with several inputs and targets, in the model's order.
    public convenience init(
        _ path: String, x: [String], y: [String], sampleWeight: String? = nil
    ) throws(DataError) {
        try self.init(paths: [path], x: x, y: y, sampleWeight: sampleWeight)
    }

    /// Opens several files as one dataset with one input and at most one target; names are found in the first file.
    ///
    /// - Throws: `DataError`, which names every difference when the files' datasets are not alike.
    public convenience init(
        paths: [String], x: String? = nil, y: String? = nil, sampleWeight: String? = nil, requiresTargets: Bool = true
    ) throws(DataError) {
        try self.init(
            paths: paths, modelInputs: [], modelOutputs: [], x: x.map { [$0] } ?? [], y: y.map { [$0] } ?? [],
            sampleWeight: sampleWeight, requiresTargets: requiresTargets)
    }

    /// Opens several files as one dataset with several inputs and targets, in the model's order.
    public convenience init(
        paths: [String], x: [String], y: [String], sampleWeight: String? = nil
    ) throws(DataError) {
        precondition(!x.isEmpty, "HDF5Source: at least one input is needed")
        try self.init(paths: paths, sampleWeight: sampleWeight) { _ in (x, y) }
    }

    /// Opens several files as one dataset for a model whose inputs and outputs have names.
    ///
    /// `x` and `y` name datasets in the model's order, or say which is which, in any order: `["input_1=images"]`.
    /// Without names, a model of several inputs takes the datasets of exactly its inputs' names, and likewise for
    /// outputs; a single one is found as by the other initializers.
    public convenience init(
        paths: [String], modelInputs: [String], modelOutputs: [String], x: [String] = [], y: [String] = [],
        sampleWeight: String? = nil, requiresTargets: Bool = true
    ) throws(DataError) {
        var names = ColumnNames()
        (names.modelInputs, names.modelOutputs) = (modelInputs, modelOutputs)
        (names.x, names.y) = (x, y)
        names.sampleWeight = sampleWeight
        names.requiresTargets = requiresTargets
        try self.init(paths: paths, names)
    }

    /// Opens several files as one dataset, columns by name as the other initializers find them.
    public convenience init(paths: [String], _ names: ColumnNames) throws(DataError) {
        try self.init(paths: paths, sampleWeight: names.sampleWeight) { file throws(DataError) in
            try ColumnChoice.choose(in: HDF5Columns(file: file), names.request)
        }
    }

    private init(
        paths: [String], sampleWeight: String?, choose: (HDF5File) throws(DataError) -> (x: [String], y: [String])
    ) throws(DataError) {
        let opened = try HDF5Opening(DataFiles.expand(paths), sampleWeight: sampleWeight, choose: choose)
        let facts = opened.pool.facts
        self.paths = facts.map(\.path)
        let all = facts.reduce(0) { $0 + $1.sharedBytes }
        let largest = facts.reduce(0) { max($0, $1.largestSharedBytes) }
        let cache = DecodedChunkCache(byteLimit: min(all, max(Self.cacheBytes, 2 * largest)))
        self.cache = cache
        let dropsPageCache = facts.reduce(0) { $0 + $1.byteCount } > ProcessMemory.physicalBytes / 2
        self.dropsPageCache = dropsPageCache
        let parts = facts.indices.map { number in
            HDF5Part(
                number, of: opened.pool, inputCount: opened.inputCount, hasSampleWeight: sampleWeight != nil,
                cache: cache, dropsPageCache: dropsPageCache)
        }
        whole = ConcatenatedSource(alike: parts, sharedBytes: cache.byteLimit)
        guard whole.rowCount > 0 else {
            throw DataError(
                file: facts[0].path, dataset: opened.pool.names[0],
                "expected at least one row, found none" + (facts.count > 1 ? " in all \(facts.count) files" : ""))
        }
        slowColumns = Self.slowColumns(of: facts)
    }

    /// Sizes, shapes and hashes over the contents of all files in their order: some milliseconds a file.
    ///
    /// Of each dataset up to 4 MiB of stored bytes are hashed whole; of larger ones 16 pieces of 4 KiB and the stored
    /// size of every chunk. Other data of the same shape are told apart; a change of a few rows in a large dataset may
    /// not be.
    public var fingerprint: String? { get throws(DataError) { try whole.fingerprint } }

    /// How often a chunk that spans blocks was decoded, over all streams: for tests.
    package var sharedChunksDecoded: Int { cache.decodeCount }

    public func makeReader() -> any BlockReader { whole.makeReader() }
    public func location(ofRow row: Int) -> RowLocation { whole.location(ofRow: row) }

    // One line for each column and reason, whatever the number of files.
    private static func slowColumns(of facts: [HDF5PartFacts]) -> [String] {
        var counts: [String: Int] = [:]
        var lines: [String] = []
        for part in facts {
            for (column, reason) in zip(part.columns, part.libraryReasons) {
                guard let reason else { continue }
                let line = "\(column.name): \(reason)"
                if counts[line] == nil { lines.append(line) }
                counts[line, default: 0] += 1
            }
        }
        guard facts.count > 1 else { return lines }
        return lines.map { "\($0) (in \(counts[$0] ?? 0) of \(facts.count) files)" }
    }
}
