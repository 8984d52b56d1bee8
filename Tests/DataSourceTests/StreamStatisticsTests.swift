import DataSource
import Memory
import Testing

@Suite struct StreamStatisticsTests {
    @Test(arguments: ShufflePolicy.allCases) func `stages count what went through them`(policy: ShufflePolicy) throws {
        let file = TemporaryPath("stages-\(policy).h5")
        try writeNumberedFile(file.path, rowCount: 2000, chunkRows: 300, labelChunkRows: 300)
        let source = try HDF5Source(file.path)
        var options = BatchOptions()
        options.batchSize = 16
        options.shuffle = policy
        options.windowBytes = 3 * 300 * 72
        options.decodeWorkers = 2
        options.epochs = 0..<2
        let stream = try BatchStream(source, options: options)
        var halfway: StreamStatistics?
        while let batch = try stream.next() {
            if batch.isLastOfEpoch, halfway == nil { halfway = stream.statistics }
        }
        let all = stream.statistics
        #expect(all.samples == 4000 && all.batches == 250)
        // float32 rows of 64 numbers and int32 labels, of bytes and int64.
        #expect(all.filledBytes == 4000 * (64 * 4 + 4))
        #expect(all.storedBytesRead > 0 && all.storedBytesRead < all.decodedBytes)
        if policy == .exact {
            #expect(all.blocksDecoded > 14 && all.decodedBytes > 4000 * 72)
        } else {
            #expect(all.blocksDecoded == 14 && all.decodedBytes == 4000 * 72)
        }
        #expect(all.workerBusySeconds.count == 2 && all.activeWorkers <= 2 && all.queueLimit >= 2)
        #expect(all.decodeSeconds > 0 && all.fillSeconds > 0 && all.seconds > 0)
        let busy = all.workerBusySeconds.reduce(0, +)
        #expect(abs(busy - all.readSeconds - all.decodeSeconds - all.fillSeconds) < 1e-6)
        #expect(all.workerBusyShares.allSatisfy { $0 >= 0 && $0 <= 1.01 })
        let second = all.since(try #require(halfway))
        #expect(second.samples == 2000 && second.batches == 125)
        #expect(all.queueFillCount == 250 && second.queueFillCount == 125)
        #expect(second.meanQueueFill == Double(all.queueFillSum - (halfway?.queueFillSum ?? 0)) / 125)
        #expect(all.meanQueueFill >= 0 && all.meanQueueFill <= Double(stream.plan.batchSlots))
    }

    @Test(arguments: ShufflePolicy.allCases) func `reads that were tried again are counted`(
        policy: ShufflePolicy
    ) throws {
        var options = BatchOptions()
        options.shuffle = policy
        options.decodeWorkers = 3
        let source = try ConcatenatedSource([
            RetryingSource(base: numbered(70, rowsPerBlock: 7)).rows(0..<70),
            RetryingSource(base: numbered(70, rowsPerBlock: 7)),
        ])
        let stream = try BatchStream(source, options: options)
        while let batch = try stream.next() { _ = batch.rowCount }
        #expect(stream.statistics.readRetries == 2 * stream.statistics.blocksDecoded)
        #expect(stream.statistics.blocksDecoded == 20)
        #expect(stream.statistics.since(stream.statistics).readRetries == 0)
    }

    @Test(arguments: [0, 4, 100]) func `the exact shuffle decodes what its cache does not hold`(blocks: Int) throws {
        let file = TemporaryPath("exact-\(blocks).h5")
        try writeNumberedFile(file.path, rowCount: 3000, chunkRows: 300, labelChunkRows: 1000)
        let source = try HDF5Source(file.path)
        var options = BatchOptions()
        options.shuffle = .exact
        options.windowBytes = blocks * 300 * 72
        options.decodeWorkers = 3
        options.epochs = 0..<2
        let stream = try BatchStream(source, options: options)
        var seen = [Int](repeating: 0, count: 3000)
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount {
                let number = batch.rows[row]
                seen[number] += 1
                #expect(batch.targets[0].integers[row] == Int32(number))
                #expect(batch.inputs[0].floats[64 * row + 63] == Float(number % 256))
            }
        }
        #expect(seen.allSatisfy { $0 == 2 })
        let decoded = stream.statistics.blocksDecoded
        #expect(blocks == 100 ? decoded == 10 : decoded > 20)
    }
}

/// A source of which each read succeeds at the third attempt.
private struct RetryingSource: Source {
    let base: ArraySource

    var inputs: [ColumnInfo] { base.inputs }
    var targets: [ColumnInfo] { base.targets }
    var blocks: BlockTable { base.blocks }

    func makeReader() -> any BlockReader { Reader(base: base.makeReader()) }

    private final class Reader: BlockReader {
        let base: any BlockReader
        private(set) var readRetries = 0

        init(base: any BlockReader) { self.base = base }

        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            readRetries += 2
            try base.read(rows: rows, into: destination)
        }
    }
}
