internal import DataSource
internal import Glibc
internal import Memory
internal import Shards
internal import Workers

/// The first pass of a shuffle: every row gets a random key and goes to the spill file of the key's leading bits.
///
/// The second pass reads the files one after the other and sorts each by its keys (`SpillInput`), so that the order of all
/// rows is that of independent, uniform keys: every permutation is equally likely, however many files there are and
/// however large they are.
final class SpillStage: RowSink {
    /// What a job gives back: the rows as bytes for each spill file.
    private struct Dealt: @unchecked Sendable {
        let files: [GrowableBytes]
    }

    private let options: ConversionOptions
    private let seed: UInt64
    private let record: ConversionRecord
    private let report: RejectionReport
    private let columns: [ShardColumn]
    private let lane: WorkLane<Dealt>
    private let files: SpillFiles

    /// Memory for reading one part of a file in the second pass.
    private let pieceBytes: Int
    private var waiting: [(portion: RowFeed.Portion, next: RowOrigin, rowCount: Int)] = []
    private var next: RowOrigin
    private var bytesSinceCheckpoint = 0

    /// Rows that were dealt.
    private(set) var rowCount: Int

    /// Bytes between two records of how far the files are.
    private static let checkpointBytes = 1 << 30

    init(
        _ options: ConversionOptions, seed: UInt64, columns: [ShardColumn], record: ConversionRecord,
        report: RejectionReport, files: SpillFiles, pieceBytes: Int, pool: WorkPool
    ) {
        self.options = options
        self.seed = seed
        self.record = record
        self.report = report
        self.files = files
        self.pieceBytes = pieceBytes
        self.columns = options.augmentation?.columns ?? columns
        lane = WorkLane(pool, isUrgent: true)
        next = record.spill?.next ?? RowOrigin()
        rowCount = record.spill?.rowCount ?? 0
    }

    var isFull: Bool { lane.pending >= 4 }
    var isIdle: Bool { lane.pending == 0 }

    func take(_ portion: RowFeed.Portion, from firstRow: Int, of feed: RowFeed) throws {
        var end = portion.origin
        end.rowsIntoPiece = portion.rows.rowCount
        let rows = min(firstRow, portion.rows.rowCount)..<portion.rows.rowCount
        guard !rows.isEmpty else {
            feed.recycle(portion)
            return
        }
        waiting.append((portion, end, rows.count))
        let (seed, augmentation, columns, count) = (seed, options.augmentation, columns, files.count)
        let origin = portion.origin
        let chunk = portion.rows
        lane.submit { _ in
            let first = origin.rowsBeforePiece + rows.lowerBound
            var (source, sourceRows) = (chunk, rows)
            if let augmentation {
                source = RowChunk(columns)
                augmentation.body(rows, chunk, origin.pass, first, source)
                sourceRows = 0..<source.rowCount
            }
            let files = (0..<count).map { _ in GrowableBytes() }
            for (index, row) in sourceRows.enumerated() {
                var random = SampleRandom(
                    seed: seed, epoch: origin.pass, sample: first + index, stream: SpillRow.randomStream)
                let key = random.next()
                SpillRow.append(
                    row, of: source, key: key, place: Float(origin.rowsBeforePass + first + index),
                    to: files[SpillRow.file(of: key, of: count)])
            }
            return Dealt(files: files)
        }
    }

    func collect(_ feed: RowFeed) throws -> Bool {
        var hasCollected = false
        while let dealt = lane.takeReady() {
            hasCollected = true
            for (number, bytes) in dealt.files.enumerated() {
                try files.append(bytes.bytes, to: number)
                bytesSinceCheckpoint += bytes.count
            }
            let (portion, end, rows) = waiting.removeFirst()
            next = end
            rowCount += rows
            feed.recycle(portion)
            if bytesSinceCheckpoint >= Self.checkpointBytes { try checkpoint(isComplete: false) }
        }
        return hasCollected
    }

    func flush() throws {}

    func close() throws { try checkpoint(isComplete: true) }

    private func checkpoint(isComplete: Bool) throws {
        try report.sync()
        if isComplete {
            // Nothing is read again: what was rejected behind the last good row counts, too.
            next.reportBytes = report.byteCount
            next.rejectedRows = report.rowCount
        }
        let lengths = try files.sync()
        let parts = SpillInput.parts(ofLargest: lengths.max() ?? 0, columns: columns, pieceBytes: pieceBytes)
        try record.set(
            .init(next: next, lengths: lengths, rowCount: rowCount, parts: isComplete ? parts : nil))
        bytesSinceCheckpoint = 0
    }
}

/// A row in a spill file: its key, its place in the input, the length of each ragged value in bytes, then the values of all
/// columns.
enum SpillRow {
    /// Bytes of the key and the place; the place, a 32-bit number, is behind the key.
    static let headBytes = 12
    static let placeOffset = 8

    /// Tells the keys apart from the random numbers of augmentations.
    static let randomStream = 0x7370_696c_6c

    /// The spill file of a key: its leading bits, so that files follow one another in the order of keys.
    static func file(of key: UInt64, of count: Int) -> Int {
        Int(key.multipliedFullWidth(by: UInt64(count)).high)
    }

    static func append(_ row: Int, of chunk: RowChunk, key: UInt64, place: Float, to target: GrowableBytes) {
        withUnsafeBytes(of: key) { target.append($0) }
        withUnsafeBytes(of: place) { target.append($0) }
        for column in chunk.columns.indices where chunk.columns[column].isRagged {
            withUnsafeBytes(of: UInt64(chunk.range(ofRow: row, column: column).count)) { target.append($0) }
        }
        for column in chunk.columns.indices { target.append(chunk[row, column]) }
    }
}
