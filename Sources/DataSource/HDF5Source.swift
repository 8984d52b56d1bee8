import HDF5Store

/// Datasets of an HDF5 file as a source.
///
/// Opening reads metadata only. Rows are the first axis of every dataset. Blocks are the chunk rows of the widest
/// dataset, several chunks together when those are small.
public final class HDF5Source: Source {
    public let inputs: [ColumnInfo]
    public let targets: [ColumnInfo]
    public let sampleWeight: ColumnInfo?
    public let blocks: BlockTable
    public let readerBytes: Int
    public let sharedBytes: Int

    /// The file.
    public let path: String

    /// Datasets whose rows go through the HDF5 library, under its lock, and why: slower than decoding them here.
    public let slowColumns: [String]

    private let datasets: [HDF5Dataset]
    private let cache: DecodedChunkCache

    // Which datasets have chunks that span several blocks.
    private let isShared: [Bool]

    /// Chunks that span blocks are kept up to this many bytes.
    private static let cacheBytes = 8 << 20

    /// Opens `path` with one input and at most one target.
    ///
    /// Without names: `x` and `y`, else a pair of well-known names, else the only two datasets of equally many rows, the
    /// wider one being `x`; if that is not clear the error lists what the file holds. With `requiresTargets` false a file
    /// without a target will do.
    public convenience init(
        _ path: String, x: String? = nil, y: String? = nil, sampleWeight: String? = nil, requiresTargets: Bool = true
    ) throws(DataError) {
        let file = try HDF5Source.open(path)
        let chosen = try ColumnChoice.choose(in: file, x: x, y: y, requiresTargets: requiresTargets)
        try self.init(file: file, x: [chosen.x], y: chosen.y.map { [$0] } ?? [], sampleWeight: sampleWeight)
    }

    /// Opens `path` with several inputs and targets, in the model's order.
    public convenience init(
        _ path: String, x: [String], y: [String], sampleWeight: String? = nil
    ) throws(DataError) {
        try self.init(file: HDF5Source.open(path), x: x, y: y, sampleWeight: sampleWeight)
    }

    private init(file: HDF5File, x: [String], y: [String], sampleWeight: String?) throws(DataError) {
        precondition(!x.isEmpty, "HDF5Source: at least one input is needed")
        path = file.path
        var datasets: [HDF5Dataset] = []
        for name in x + y + (sampleWeight.map { [$0] } ?? []) {
            datasets.append(try ColumnChoice.open(name, in: file))
        }
        if let other = datasets.first(where: { $0.rowCount != datasets[0].rowCount }) {
            throw DataError(
                file: file.path,
                "expected datasets of equally many rows, found \(datasets[0].listing.name) with"
                    + " \(datasets[0].rowCount) and \(other.listing.name) with \(other.rowCount)")
        }
        guard datasets[0].rowCount > 0 else {
            throw DataError(file: file.path, dataset: datasets[0].name, "expected at least one row, found none")
        }
        let columns = datasets.map { dataset in
            ColumnInfo(name: dataset.name, type: dataset.type.scalar ?? .uint8, rowShape: dataset.rowShape)
        }
        inputs = Array(columns[..<x.count])
        targets = Array(columns[x.count..<x.count + y.count])
        self.sampleWeight = sampleWeight == nil ? nil : columns.last

        let rowsPerBlock = BlockCut.rowsPerBlock(datasets)
        blocks = BlockTable(rowCount: datasets[0].rowCount, rowsPerBlock: rowsPerBlock)
        let isShared = datasets.map { BlockCut.spansBlocks($0, rowsPerBlock: rowsPerBlock) }
        let shared = zip(datasets, isShared).filter { $0.1 }.map { $0.0 }
        let all = shared.reduce(0) { $0 + $1.chunkCount * $1.chunkBytes }
        let largest = shared.reduce(0) { max($0, $1.chunkBytes) }
        let limit = min(all, max(Self.cacheBytes, 2 * largest))
        cache = DecodedChunkCache(byteLimit: limit)
        sharedBytes = limit
        readerBytes = datasets.reduce(0) { $0 + HDF5RowReader.scratchBytes(of: $1) }
        slowColumns = datasets.compactMap { dataset in dataset.libraryReason.map { "\(dataset.name): \($0)" } }
        self.datasets = datasets
        self.isShared = isShared
    }

    /// Size and shapes: cheap, and different for different data in most cases.
    public var fingerprint: String? {
        let parts = datasets.map { "\($0.name) \($0.shape) \($0.type)" }
        return (["\(datasets[0].file.bytes?.byteCount ?? 0) bytes"] + parts).joined(separator: "; ")
    }

    /// How often a chunk that spans blocks was decoded, over all streams: for tests.
    package var sharedChunksDecoded: Int { cache.decodeCount }

    public func makeReader() -> any BlockReader {
        Reader(datasets, isShared: isShared, cache: cache)
    }

    private static func open(_ path: String) throws(DataError) -> HDF5File {
        do throws(HDF5Error) {
            return try HDF5File(path: path)
        } catch {
            throw DataError(error)
        }
    }

    // The readers of all columns, for one worker.
    private final class Reader: BlockReader {
        private final class Column {
            var rows: HDF5RowReader
            init(_ dataset: HDF5Dataset, cache: DecodedChunkCache?, number: Int) {
                rows = HDF5RowReader(dataset, cache: cache, column: number)
            }
        }

        private let columns: [Column]

        init(_ datasets: [HDF5Dataset], isShared: [Bool], cache: DecodedChunkCache) {
            columns = datasets.indices.map { index in
                Column(datasets[index], cache: isShared[index] ? cache : nil, number: index)
            }
        }

        var storedBytesRead: Int { columns.reduce(0) { $0 + $1.rows.storedBytesRead } }

        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            for (index, column) in columns.enumerated() {
                do throws(HDF5Error) {
                    try column.rows.read(rows: rows, into: destination[index])
                } catch {
                    throw DataError(error)
                }
            }
        }
    }
}
