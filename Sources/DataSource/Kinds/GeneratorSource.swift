import Memory
import Workers

/// A stream of rows that can only be read from its start: a closure opens a fresh one for every epoch.
///
/// For data that come from elsewhere: a database cursor, a simulation, a decoder of another format. Rows are taken in
/// the stream's order, by one worker at a time; the `window` policy shuffles them within the window.
///
///     let source = GeneratorSource(inputs: [x], targets: [y], rowCount: 100_000) { epoch in
///         var rows = openMyData(epoch)
///         return { try rows.next().map { [ArrayColumn("x", $0.x, rowShape: [28, 28]), ArrayColumn("y", $0.y)] } }
///     }
public final class GeneratorSource: Source {
    /// Gives the next rows, any number of them as one array column for each column of the source, or nil at the end.
    public typealias Rows = () throws -> [ArrayColumn]?

    public let inputs: [ColumnInfo]
    public let targets: [ColumnInfo]
    public let sampleWeight: ColumnInfo?
    public let blocks: BlockTable
    public let fingerprint: String?
    public var isSequential: Bool { true }

    private let shared: SharedStream

    /// - Parameters:
    ///   - rowCount: rows of one epoch. A stream that ends before is an error that says how many came; what comes
    ///     behind them is not read.
    ///   - rowsPerBlock: the unit of shuffling; by default about 64 KiB.
    ///   - fingerprint: text that is the same for the same data, for resuming: a version, a file's hash. Without it
    ///     nothing is known of the contents, and a run resumes on any stream of the same columns, number of rows and
    ///     blocks.
    ///   - open: opens the stream of an epoch, counted from 0. Called once an epoch, from a worker thread; a stream is
    ///     read by one thread at a time.
    public init(
        inputs: [ColumnInfo], targets: [ColumnInfo] = [], sampleWeight: ColumnInfo? = nil, rowCount: Int,
        rowsPerBlock: Int? = nil, fingerprint: String? = nil,
        open: @escaping @Sendable (_ epoch: Int) throws -> Rows
    ) {
        self.inputs = inputs
        self.targets = targets
        self.sampleWeight = sampleWeight
        self.fingerprint = fingerprint
        let columns = inputs + targets + (sampleWeight.map { [$0] } ?? [])
        let rowBytes = max(1, columns.reduce(0) { $0 + $1.rowBytes })
        blocks = BlockTable(rowCount: rowCount, rowsPerBlock: rowsPerBlock ?? max(1, 65536 / rowBytes))
        shared = SharedStream(columns: columns, rowCount: rowCount, open: open)
    }

    public func makeReader() -> any BlockReader { Reader(shared) }

    private final class Reader: BlockReader {
        private let shared: SharedStream
        init(_ shared: SharedStream) { self.shared = shared }

        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            try shared.read(rows: rows, into: destination)
        }
    }
}

/// The open stream, and what it gave that no block has taken yet.
private final class SharedStream: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: everything mutable is touched under `lock` only.
    private let lock = RecursiveLock()
    private let columns: [ColumnInfo]
    private let rowCount: Int
    private let open: @Sendable (Int) throws -> GeneratorSource.Rows
    private var next: GeneratorSource.Rows?
    private var epoch = -1
    private var position = 0
    private var pending: [ArrayColumn] = []
    private var pendingRow = 0
    private var emptyPieces = 0

    // What ended the stream of this epoch, and the rows that it was asked for then.
    private var broken: (error: DataError, rows: Range<Int>)?

    // A stream that goes on without ever giving a row would keep a worker for ever.
    private static let mostEmptyPieces = 1000

    init(columns: [ColumnInfo], rowCount: Int, open: @escaping @Sendable (Int) throws -> GeneratorSource.Rows) {
        self.columns = columns
        self.rowCount = rowCount
        self.open = open
    }

    func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
        try lock.withLock { () throws(DataError) in
            // Blocks that are decoded ahead come here before the consumer hears of the error. None of them can be had,
            // and the stream is not opened again for it.
            if let broken, epoch == destination.epoch, rows.lowerBound > broken.rows.lowerBound { throw broken.error }
            do throws(DataError) {
                try readOn(rows, into: destination)
            } catch {
                broken = (error, rows)
                throw error
            }
        }
    }

    private func readOn(_ rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
        if next == nil || epoch != destination.epoch || rows.lowerBound < position {
            try start(destination.epoch)
        }
        // A stream that resumes reads over what was delivered before.
        try take(rows.lowerBound - position) { _, _, _ in }
        try take(rows.count) { bytes, column, done in
            let target = UnsafeMutableRawBufferPointer(rebasing: destination[column][done...])
            target.copyMemory(from: bytes)
        }
    }

    private func start(_ epoch: Int) throws(DataError) {
        self.epoch = epoch
        position = 0
        pending = []
        pendingRow = 0
        emptyPieces = 0
        broken = nil
        do { next = try open(epoch) } catch { throw failure("opening it failed", error) }
    }

    // Hands over the next `count` rows, column by column: bytes, the column, and where they go in it.
    private func take(
        _ count: Int, _ body: (UnsafeRawBufferPointer, _ column: Int, _ offset: Int) -> Void
    ) throws(DataError) {
        var done = 0
        while done < count {
            let available = (pending.first?.rowCount ?? 0) - pendingRow
            guard available > 0 else {
                try fetch()
                continue
            }
            let rows = min(available, count - done)
            for (index, column) in pending.enumerated() {
                body(column.bytes(of: pendingRow..<pendingRow + rows), index, done * column.info.rowBytes)
            }
            pendingRow += rows
            position += rows
            done += rows
        }
    }

    private func fetch() throws(DataError) {
        let found: [ArrayColumn]?
        do { found = try next?() } catch { throw failure("reading on failed", error) }
        guard let found else {
            throw failure("expected \(rowCount) rows, the stream ended after \(position)", nil)
        }
        let matches = zip(columns, found).allSatisfy { $0.type == $1.info.type && $0.rowShape == $1.info.rowShape }
        guard found.count == columns.count, matches, Set(found.map(\.rowCount)).count == 1 else {
            let expected = columns.map { "\($0.name) \($0.type) \($0.rowShape)" }.joined(separator: ", ")
            let given = found.map { "\($0.info.type) \($0.info.rowShape) x \($0.rowCount)" }.joined(separator: ", ")
            throw failure("expected equally many rows of \(expected), found \(given)", nil)
        }
        emptyPieces = found[0].rowCount == 0 ? emptyPieces + 1 : 0
        guard emptyPieces < Self.mostEmptyPieces else {
            throw failure("expected rows or the end (nil), found \(emptyPieces) pieces without rows in a row", nil)
        }
        pending = found
        pendingRow = 0
    }

    private func failure(_ message: String, _ underlying: (any Error)?) -> DataError {
        // What comes next must not go on from a broken place.
        next = nil
        let cause = underlying.map { ": \($0)" } ?? ""
        return DataError(
            dataset: columns.first?.name, isDamage: false,
            "the stream of epoch \(epoch), at row \(position): \(message)\(cause)",
            underlying: underlying)
    }
}
