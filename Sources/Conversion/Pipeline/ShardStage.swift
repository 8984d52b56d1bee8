internal import Memory
internal import Shards
internal import Workers

/// Cuts rows into blocks, has them encoded in parallel, and writes them into shards in order.
final class ShardStage: RowSink {
    /// Consecutive rows of one portion.
    private struct Segment: @unchecked Sendable {
        // Invariant behind `@unchecked Sendable`: the chunk is not changed while segments of it are encoded.
        let use: PortionUse
        let rows: Range<Int>

        /// The number of the first row in its pass.
        var firstRow: Int { use.portion.origin.rowsBeforePiece + rows.lowerBound }
    }

    /// A portion, and how many of its rows are not written yet.
    private final class PortionUse {
        let portion: RowFeed.Portion
        var rowsLeft: Int

        init(_ portion: RowFeed.Portion, rowsLeft: Int) {
            self.portion = portion
            self.rowsLeft = rowsLeft
        }
    }

    /// The rows of the block that is being filled.
    private struct OpenBlock {
        var segments: [Segment] = []
        var cut: BlockCut
    }

    /// What an encoding job gives back.
    private struct Encoded: @unchecked Sendable {
        let block: EncodedBlock
        let classes: [Int]
        let ranges: [UInt8]
        let failure: ShardError?
    }

    /// A shard that is being synced: the disk must not hold up who encodes.
    private struct Closing: @unchecked Sendable {
        // Invariant behind `@unchecked Sendable`: the writer is handed to the job, and nobody else has it.
        let writer: ShardFileWriter
    }

    /// A shard that lies whole on the disk, or not.
    private enum Closed: Sendable {
        case entry(ShardEntry)
        case failure(OutputError)
    }

    /// What is written down of a shard once it is whole.
    private struct Finished {
        let statistics: [ShardColumnStatistics]
        let measure: ShuffleMeasure
        let order: OrderMeasure?
        let next: RowOrigin
    }

    private let options: ConversionOptions
    private let record: ConversionRecord
    private let report: RejectionReport
    private let pool: WorkPool
    private let columns: [ShardColumn]
    private let lane: WorkLane<Encoded>
    private let closing: WorkLane<Closed>
    private var finished: [Finished] = []
    private var shardCount: Int
    private let threads: [EncodingThread]
    private var schema: ShardSchema?
    private var queue: [Segment] = []
    private var queuedRows = 0
    private var queuedBytes = 0
    private var open: OpenBlock?

    /// The rows of each block that is being encoded, and their bytes before compression; and all of these bytes.
    private var encoding: [(segments: [Segment], byteCount: Int)] = []
    private var encodingBytes = 0
    private var writer: ShardFileWriter?
    private var shardBytes = 0
    private var statistics: [ShardColumnStatistics] = []
    private var measure: ShuffleMeasure
    private var order: OrderMeasure?
    private var spare: [EncodedBlock] = []
    private var next: RowOrigin

    /// Rows that are in shards or on their way there.
    private(set) var rowCount: Int

    /// Rows from which block size and byte shuffling are decided: the first of the output, whatever the pieces are.
    private static let sampleRows = 1 << 10
    private static let sampleBytes = 4 << 20

    /// More of them where rows are of different lengths, as few long ones can be most of the bytes: so many that they fill
    /// some blocks.
    private static let mostSampleRows = 1 << 14
    private static let sampleBlocks = 32
    private let hasLengths: Bool

    init(
        _ options: ConversionOptions, columns: [ShardColumn], record: ConversionRecord, report: RejectionReport,
        pool: WorkPool
    ) {
        self.options = options
        self.record = record
        self.report = report
        self.pool = pool
        self.columns = options.augmentation?.columns ?? columns
        hasLengths = self.columns.contains { $0.isRagged }
        lane = WorkLane(pool, isUrgent: true)
        closing = WorkLane(pool, isUrgent: true)
        shardCount = record.shards.count
        threads = (0..<pool.threadCount).map { _ in EncodingThread() }
        schema = record.schema
        next = record.next
        measure = record.shards.last?.measure ?? ShuffleMeasure()
        order = record.shards.last?.order ?? record.spill.map { OrderMeasure(rowCount: $0.rowCount) }
        rowCount = record.shards.reduce(0) { $0 + $1.entry.rowCount }
    }

    /// Blocks that are encoded ahead: enough to keep the threads busy while a record is synced.
    private var mostPending: Int {
        max(4 * threads.count, min(32 * threads.count, Self.pendingBytes / max(1, options.blockBytes)))
    }

    /// Bytes of blocks that are encoded ahead, about.
    static let pendingBytes = 8 << 20

    /// The same of blocks of any size: with long rows some are much larger than others.
    private var mostPendingBytes: Int { max(Self.pendingBytes, mostPending * options.blockBytes) }

    var isFull: Bool {
        lane.pending >= mostPending || lane.pending >= threads.count && encodingBytes >= mostPendingBytes
            || closing.pending > 1
    }
    var isIdle: Bool { lane.pending == 0 }

    func take(_ portion: RowFeed.Portion, from firstRow: Int, of feed: RowFeed) throws {
        let rows = min(firstRow, portion.rows.rowCount)..<portion.rows.rowCount
        guard !rows.isEmpty else {
            feed.recycle(portion)
            return
        }
        let use = PortionUse(portion, rowsLeft: rows.count)
        queue.append(Segment(use: use, rows: rows))
        queuedRows += rows.count
        queuedBytes += portion.rows.byteCount
        rowCount += rows.count
        if schema == nil {
            guard isSample(rows: queuedRows, bytes: queuedBytes) else { return }
            try decide()
        }
        submitBlocks()
    }

    func flush() throws {
        if schema == nil, queuedRows > 0 { try decide() }
        submitBlocks()
        if let schema, let open, open.cut.rowCount > 0 { submit(open, schema) }
        open = nil
    }

    // Whether so many of the first rows are enough.
    private func isSample(rows: Int, bytes: Int) -> Bool {
        guard rows < Self.mostSampleRows, bytes < Self.sampleBytes else { return true }
        return rows >= Self.sampleRows && (!hasLengths || bytes >= Self.sampleBlocks * options.blockBytes)
    }

    // Chooses block rows and byte shuffling from the first rows.
    private func decide() throws {
        let sample = RowChunk(columns)
        for segment in queue {
            // Row by row, so that the sample ends at the same row whatever the pieces are.
            for row in segment.rows where !isSample(rows: sample.rowCount, bytes: sample.byteCount) {
                Self.append(Segment(use: segment.use, rows: row..<row + 1), to: sample, options.augmentation)
            }
        }
        let rowBytes = max(1, sample.byteCount / sample.rowCount)
        let blockRows = max(1, min(options.blockBytes / rowBytes, 1 << 20))
        let isShuffled = try ShuffleChoice.choose(sample, blockRows: blockRows, level: options.level)
        let schema = try ShardSchema(columns, isShuffled: isShuffled, blockRows: blockRows)
        try record.begin(schema)
        self.schema = schema
    }

    private static func append(_ segment: Segment, to target: RowChunk, _ augmentation: RowAugmentation?) {
        let rows = segment.use.portion.rows
        if let augmentation {
            augmentation.body(segment.rows, rows, segment.use.portion.origin.pass, segment.firstRow, target)
        } else {
            target.append(rows: segment.rows, of: rows)
        }
    }

    // Fills blocks with the rows that wait, and hands whole ones to jobs.
    private func submitBlocks() {
        guard let schema else { return }
        for segment in queue {
            var first = segment.rows.lowerBound
            while first < segment.rows.upperBound {
                var block = open ?? OpenBlock(cut: BlockCut(schema, options))
                let end = block.cut.take(first..<segment.rows.upperBound, of: segment.use.portion.rows)
                block.segments.append(Segment(use: segment.use, rows: first..<end))
                first = end
                open = block.cut.isWhole ? nil : block
                if block.cut.isWhole { submit(block, schema) }
            }
        }
        queue.removeAll(keepingCapacity: true)
    }

    private func submit(_ open: OpenBlock, _ schema: ShardSchema) {
        let segments = open.segments
        encoding.append((segments, open.cut.byteCount))
        encodingBytes += open.cut.byteCount
        let block = spare.popLast() ?? EncodedBlock()
        let (threads, options, column, allRows) = (threads, options, record.classColumn, order?.rowCount)
        lane.submit { number in
            let thread = threads[number]
            let encoder = thread.encoder ?? BlockEncoder(schema, level: options.level)
            thread.encoder = encoder
            var (chunk, rows) = (segments[0].use.portion.rows, segments[0].rows)
            // Rows that lie together are encoded where they are.
            if segments.count > 1 || options.augmentation != nil {
                let joint = thread.joint ?? RowChunk(schema.columns)
                thread.joint = joint
                joint.removeAll()
                for segment in segments { Self.append(segment, to: joint, options.augmentation) }
                (chunk, rows) = (joint, 0..<joint.rowCount)
            }
            do throws(ShardError) {
                try encoder.encode(rows, of: chunk, into: block)
                let classes = column.map { chunk.integers(rows, column: $0) } ?? []
                let ranges = allRows.map { count in
                    chunk.places[rows].map { OrderMeasure.range(ofPlace: $0, rowCount: count) }
                }
                return Encoded(block: block, classes: classes, ranges: ranges ?? [], failure: nil)
            } catch {
                return Encoded(block: block, classes: [], ranges: [], failure: error)
            }
        }
    }

    func collect(_ feed: RowFeed) throws -> Bool {
        var hasCollected = try collectClosed()
        while let encoded = lane.takeReady() {
            hasCollected = true
            if let failure = encoded.failure { throw failure }
            try write(encoded)
            let encoding = encoding.removeFirst()
            encodingBytes -= encoding.byteCount
            for segment in encoding.segments {
                var origin = segment.use.portion.origin
                origin.rowsIntoPiece = segment.rows.upperBound
                next = origin
                segment.use.rowsLeft -= segment.rows.count
                if segment.use.rowsLeft == 0 { feed.recycle(segment.use.portion) }
            }
            let isShort = encoded.block.rowCount < schema?.blockRows ?? 0
            if isShort || shardBytes >= options.shardBytes || writer?.hasRoom == false { endShard() }
            // Those that long rows have made large are not all kept.
            let kept = spare.reduce(encoded.block.capacity) { $0 + $1.capacity }
            if kept <= 2 * mostPendingBytes { spare.append(encoded.block) }
        }
        return hasCollected
    }

    private func write(_ encoded: Encoded) throws {
        guard let schema else { return }
        if writer == nil {
            writer = try ShardFileWriter(
                path: record.path(ofShard: shardCount), schema: schema, shard: shardCount)
            statistics = schema.columns.map { ShardColumnStatistics($0) }
            shardBytes = 0
        }
        try writer?.append(encoded.block)
        for column in statistics.indices {
            statistics[column].merge(encoded.block.statistics[column])
            shardBytes += encoded.block.statistics[column].contentBytes
        }
        measure.add(encoded.classes)
        order?.add(encoded.ranges)
    }

    // Hands the shard to a job that syncs it and gives it its name.
    private func endShard() {
        guard let writer else { return }
        self.writer = nil
        shardCount += 1
        finished.append(Finished(statistics: statistics, measure: measure, order: order, next: next))
        let whole = Closing(writer: writer)
        closing.submit { _ in
            do throws(OutputError) { return .entry(try whole.writer.finish()) } catch { return .failure(error) }
        }
    }

    // Writes down the shards that are whole now, in their order.
    private func collectClosed() throws -> Bool {
        var hasCollected = false
        while let closed = closing.takeReady() {
            hasCollected = true
            let about = finished.removeFirst()
            switch closed {
            case .failure(let error): throw error
            case .entry(let entry):
                try report.sync()
                try record.add(
                    .init(
                        entry: entry, statistics: about.statistics, measure: about.measure, order: about.order,
                        next: about.next))
            }
        }
        return hasCollected
    }

    func close() throws {
        endShard()
        while closing.pending > 0 {
            let known = pool.completions
            if try !collectClosed() { pool.wait(after: known) }
        }
    }
}

/// What one thread keeps from block to block.
private final class EncodingThread: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: used by the pool's thread of its number alone.
    var encoder: BlockEncoder?
    var joint: RowChunk?
}
