import Files
import HDF5Store

/// What is known of one file of an `HDF5Source` once it was opened: enough to plan with the file closed.
struct HDF5PartFacts: Sendable {
    let path: String

    /// Bytes of the file.
    let byteCount: Int

    /// What the file was when it was opened first.
    let stamp: FileStamp

    /// For each column, the files that hold its data as they were then.
    let stamps: [[StampedPath]]

    /// Bytes that describe the datasets' chunks while the file is open.
    let tableBytes: Int
    let columns: [ColumnInfo]

    let blocks: BlockTable

    /// Which datasets have chunks that span several blocks.
    let isShared: [Bool]

    /// Decoded bytes of all those chunks, and of the largest.
    let sharedBytes: Int
    let largestSharedBytes: Int

    /// Scratch memory of one reader.
    let readerBytes: Int

    /// Why rows of a column go through the HDF5 library; nil where they do not.
    let libraryReasons: [String?]

    /// Whether every column is contiguous, so that single rows can be read without decoding others.
    let readsSingleRows: Bool

    /// Bytes of file, names, shapes and types.
    let summary: String

    init(_ datasets: [HDF5Dataset]) throws(DataError) {
        let file = datasets[0].file
        if let other = datasets.first(where: { $0.rowCount != datasets[0].rowCount }) {
            throw DataError(
                file: file.path,
                "expected datasets of equally many rows, found \(datasets[0].listing.name) with"
                    + " \(datasets[0].rowCount) and \(other.listing.name) with \(other.rowCount)")
        }
        path = file.path
        byteCount = file.bytes.byteCount
        stamp = file.bytes.stamp
        stamps = datasets.map(\.stamps)
        tableBytes = datasets.reduce(0) { $0 + 16 * $1.chunkCount }
        columns = datasets.map { dataset in
            ColumnInfo(name: dataset.name, type: dataset.type.scalar ?? .uint8, rowShape: dataset.rowShape)
        }
        let rowsPerBlock = BlockCut.rowsPerBlock(datasets)
        blocks = BlockTable(rowCount: datasets[0].rowCount, rowsPerBlock: rowsPerBlock)
        isShared = datasets.map { BlockCut.spansBlocks($0, rowsPerBlock: rowsPerBlock) }
        let shared = zip(datasets, isShared).filter { $0.1 }.map { $0.0 }
        sharedBytes = shared.reduce(0) { $0 + $1.chunkCount * $1.chunkBytes }
        largestSharedBytes = shared.reduce(0) { max($0, $1.chunkBytes) }
        readerBytes = datasets.reduce(0) { $0 + HDF5RowReader.scratchBytes(of: $1) }
        libraryReasons = datasets.map(\.libraryReason)
        let texts = datasets.map { "\($0.name) \($0.shape) \($0.type)" }
        summary = (["\(byteCount) bytes"] + texts).joined(separator: "; ")
        readsSingleRows = datasets.allSatisfy { $0.layout == .contiguous && $0.libraryReason == nil }
    }
}

/// One file of an `HDF5Source`.
final class HDF5Part: Source {
    let inputs: [ColumnInfo]
    let targets: [ColumnInfo]
    let sampleWeight: ColumnInfo?
    let readerBytes: Int
    private let facts: HDF5PartFacts
    private let number: Int
    private let pool: HDF5FilePool
    private let cache: DecodedChunkCache
    private let dropsPageCache: Bool

    /// - Parameters:
    ///   - number: the file's place in `pool`.
    ///   - cache: keeps the chunks of all files that span blocks.
    ///   - dropsPageCache: whether bytes that were read leave the machine's page cache.
    init(
        _ number: Int, of pool: HDF5FilePool, inputCount: Int, hasSampleWeight: Bool, cache: DecodedChunkCache,
        dropsPageCache: Bool
    ) {
        self.dropsPageCache = dropsPageCache
        facts = pool.facts[number]
        self.number = number
        self.pool = pool
        self.cache = cache
        inputs = Array(facts.columns[..<inputCount])
        targets = Array(facts.columns[inputCount...].dropLast(hasSampleWeight ? 1 : 0))
        sampleWeight = hasSampleWeight ? facts.columns.last : nil
        // A reader may hold a file open that the pool has let go.
        readerBytes = facts.readerBytes + (pool.holdsAll ? 0 : HDF5FilePool.openFileBytes + facts.tableBytes)
    }

    var blocks: BlockTable { facts.blocks }
    var readsSingleRows: Bool { facts.readsSingleRows }

    /// Names and shapes, and hashes over the contents, of datasets beyond 4 MiB over samples of them: read when it is
    /// asked for.
    var fingerprint: String? {
        get throws(DataError) {
            var texts = [facts.summary]
            for dataset in try pool.datasets(of: number) {
                do throws(HDF5Error) {
                    texts.append(try dataset.identity().hexadecimal)
                } catch {
                    throw DataError(error)
                }
            }
            return texts.joined(separator: "; ")
        }
    }

    func location(ofRow row: Int) -> RowLocation { RowLocation(file: facts.path, row: row) }
    func makeReader() -> any BlockReader { Reader(self) }

    // The readers of all columns, for one worker.
    private final class Reader: BlockReader {
        private final class Column {
            var rows: HDF5RowReader
            init(_ dataset: HDF5Dataset, cache: DecodedChunkCache?, number: Int, dropsPageCache: Bool) {
                rows = HDF5RowReader(dataset, cache: cache, column: number, dropsPageCache: dropsPageCache)
            }
        }

        private let part: HDF5Part
        private var columns: [Column] = []

        init(_ part: HDF5Part) { self.part = part }

        var storedBytesRead: Int { columns.reduce(0) { $0 + $1.rows.storedBytesRead } }
        var readRetries: Int { columns.reduce(0) { $0 + $1.rows.counters.retries } }
        var readSeconds: Double { columns.reduce(0) { $0 + $1.rows.counters.readSeconds } }

        func prefetch(rows: Range<Int>) { for column in columns { column.rows.advise(rows: rows) } }

        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            if columns.isEmpty { try open() }
            for (index, column) in columns.enumerated() {
                do throws(HDF5Error) {
                    try column.rows.read(rows: rows, into: destination[index])
                } catch {
                    var named = DataError(error)
                    named.fileRows = rows
                    throw named
                }
            }
        }

        private func open() throws(DataError) {
            let datasets = try part.pool.datasets(of: part.number)
            let isShared = part.facts.isShared
            columns = datasets.indices.map { index in
                Column(
                    datasets[index], cache: isShared[index] ? part.cache : nil,
                    number: part.number * datasets.count + index, dropsPageCache: part.dropsPageCache)
            }
        }
    }
}
