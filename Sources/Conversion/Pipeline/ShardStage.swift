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

    /// What an encoding job gives back.
    private struct Encoded: @unchecked Sendable {
        let block: EncodedBlock
        let classes: [Int]
        let failure: ShardError?
    }

    private let options: ConversionOptions
    private let record: ConversionRecord
    private let report: RejectionReport
    private let columns: [ShardColumn]
    private let lane: WorkLane<Encoded>
    private let threads: [EncodingThread]
    private var schema: ShardSchema?
    private var queue: [Segment] = []
    private var queuedRows = 0
    private var queuedBytes = 0
    private var encoding: [[Segment]] = []
    private var writer: ShardFileWriter?
    private var shardBytes = 0
    private var statistics: [ShardColumnStatistics] = []
    private var measure = ShuffleMeasure()
    private var spare: [EncodedBlock] = []
    private var next: RowOrigin

    /// Rows that are in shards or on their way there.
    private(set) var rowCount: Int

    /// Rows from which block size and byte shuffling are decided: the first of the output, whatever the pieces are.
    private static let sampleRows = 1024
    private static let sampleBytes = 4 << 20

    init(
        _ options: ConversionOptions, columns: [ShardColumn], record: ConversionRecord, report: RejectionReport,
        pool: WorkPool
    ) {
        self.options = options
        self.record = record
        self.report = report
        self.columns = options.augmentation?.columns ?? columns
        lane = WorkLane(pool, isUrgent: true)
        threads = (0..<pool.threadCount).map { _ in EncodingThread() }
        schema = record.schema
        next = record.next
        rowCount = record.shards.reduce(0) { $0 + $1.entry.rowCount }
    }

    var isFull: Bool { lane.pending >= 4 * threads.count }
    var isIdle: Bool { lane.pending == 0 }

    func take(_ portion: RowFeed.Portion, from firstRow: Int, of feed: RowFeed) throws {
        let rows = min(firstRow, portion.rows.rowCount)..<portion.rows.rowCount
        guard !rows.isEmpty else {
            feed.recycle(portion)
            return
        }
        queue.append(Segment(use: PortionUse(portion, rowsLeft: rows.count), rows: rows))
        queuedRows += rows.count
        queuedBytes += portion.rows.byteCount
        rowCount += rows.count
        if schema == nil {
            guard queuedRows >= Self.sampleRows || queuedBytes >= Self.sampleBytes else { return }
            try decide()
        }
        try submitBlocks(all: false)
    }

    func flush() throws {
        if schema == nil, queuedRows > 0 { try decide() }
        try submitBlocks(all: true)
    }

    // Chooses block rows and byte shuffling from the first rows.
    private func decide() throws {
        let sample = RowChunk(columns)
        for segment in queue where sample.rowCount < Self.sampleRows && sample.byteCount < Self.sampleBytes {
            // Row by row, so that the sample ends at the same row whatever the pieces are.
            for row in segment.rows where sample.rowCount < Self.sampleRows && sample.byteCount < Self.sampleBytes {
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

    // Hands whole blocks to jobs; with `all`, also the rest.
    private func submitBlocks(all: Bool) throws {
        guard let schema else { return }
        var first = 0
        while queuedRows >= schema.blockRows || (all && queuedRows > 0) {
            var segments: [Segment] = []
            var needed = min(schema.blockRows, queuedRows)
            queuedRows -= needed
            while needed > 0 {
                let segment = queue[first]
                let count = min(needed, segment.rows.count)
                let end = segment.rows.lowerBound + count
                segments.append(Segment(use: segment.use, rows: segment.rows.lowerBound..<end))
                needed -= count
                if end == segment.rows.upperBound {
                    first += 1
                } else {
                    queue[first] = Segment(use: segment.use, rows: end..<segment.rows.upperBound)
                }
            }
            submit(segments, schema)
        }
        queue.removeFirst(first)
    }

    private func submit(_ segments: [Segment], _ schema: ShardSchema) {
        encoding.append(segments)
        let block = spare.popLast() ?? EncodedBlock()
        let (threads, options, column) = (threads, options, record.classColumn)
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
                return Encoded(block: block, classes: classes, failure: nil)
            } catch {
                return Encoded(block: block, classes: [], failure: error)
            }
        }
    }

    func collect(_ feed: RowFeed) throws -> Bool {
        var hasCollected = false
        while let encoded = lane.takeReady() {
            hasCollected = true
            if let failure = encoded.failure { throw failure }
            try write(encoded)
            for segment in encoding.removeFirst() {
                var origin = segment.use.portion.origin
                origin.rowsIntoPiece = segment.rows.upperBound
                next = origin
                segment.use.rowsLeft -= segment.rows.count
                if segment.use.rowsLeft == 0 { feed.recycle(segment.use.portion) }
            }
            if shardBytes >= options.shardBytes || writer?.hasRoom == false { try endShard() }
            spare.append(encoded.block)
        }
        return hasCollected
    }

    private func write(_ encoded: Encoded) throws {
        guard let schema else { return }
        if writer == nil {
            writer = try ShardFileWriter(
                path: record.path(ofShard: record.shards.count), schema: schema, shard: record.shards.count)
            statistics = schema.columns.map { ShardColumnStatistics($0) }
            shardBytes = 0
        }
        try writer?.append(encoded.block)
        for column in statistics.indices {
            statistics[column].merge(encoded.block.statistics[column])
            shardBytes += encoded.block.statistics[column].contentBytes
        }
        measure.add(encoded.classes)
    }

    private func endShard() throws {
        guard let entry = try writer?.finish() else { return }
        writer = nil
        try report.sync()
        try record.add(.init(entry: entry, statistics: statistics, measure: measure, next: next))
        measure = ShuffleMeasure()
    }

    func close() throws { try endShard() }
}

/// What one thread keeps from block to block.
private final class EncodingThread: @unchecked Sendable {
    // Invariant behind `@unchecked Sendable`: used by the pool's thread of its number alone.
    var encoder: BlockEncoder?
    var joint: RowChunk?
}
