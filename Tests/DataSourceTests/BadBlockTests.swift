import DataSource
import Memory
import Testing

@Suite struct BadBlockTests {
    private func options(_ policy: ShufflePolicy, workers: Int, batchSize: Int = 16) -> BatchOptions {
        var options = BatchOptions()
        options.batchSize = batchSize
        options.shuffle = policy
        options.windowBytes = 4 * 128
        options.decodeWorkers = workers
        options.queueBytes = 1 << 14
        options.epochs = 0..<2
        options.onBadBlock = .skip
        return options
    }

    @Test(arguments: ShufflePolicy.allCases, [3, 16, 100, 1000])
    func `a skipped block leaves every other sample where it was`(policy: ShufflePolicy, batchSize: Int) throws {
        let good = numbered(700, rowsPerBlock: 7)
        let bad = FailingSource(base: good, badBlock: 50)
        var expected: [[Int]] = []
        let whole = try BatchStream(good, options: options(policy, workers: 2, batchSize: batchSize))
        while let batch = try whole.next() { expected.append(batch.rows.filter { !(350..<357).contains($0) }) }
        for workers in [1, 2, 7] {
            let ledger = MemoryLedger()
            do {
                let stream = try BatchStream(
                    bad, options: options(policy, workers: workers, batchSize: batchSize), ledger: ledger)
                var delivered: [[Int]] = []
                var positions = 0
                while let batch = try stream.next() {
                    delivered.append(Array(batch.rows))
                    #expect(batch.firstSample == positions)
                    positions = batch.isLastOfEpoch ? 0 : positions + batch.sampleCount
                    for row in 0..<batch.rowCount {
                        #expect(Int(batch.inputs[0].floats[row * 2]) == batch.rows[row])
                    }
                }
                #expect(delivered == expected)
                #expect(stream.statistics.skippedBlocks == 1 && stream.statistics.skippedSamples == 14)
                #expect(stream.badBlocks.map(\.block) == [50] && stream.badBlocks[0].rows == 350..<357)
            }
            #expect(ledger.total == 0)
        }
    }

    @Test(arguments: ShufflePolicy.allCases, [0, 1200, 3000])
    func `a bad block of many batches stops nobody`(policy: ShufflePolicy, queue: Int) throws {
        // Blocks of a hundred batches, and queues of two and more of them.
        let source = FailingSource(base: numbered(2000, rowsPerBlock: 400), badBlock: 2)
        for workers in [1, 2, 7] {
            var chosen = options(policy, workers: workers, batchSize: 4)
            chosen.windowBytes = 0
            chosen.queueBytes = queue
            let stream = try BatchStream(source, options: chosen)
            var samples = 0
            var batches = 0
            while let batch = try stream.next() {
                samples += batch.rowCount
                batches += 1
            }
            #expect(samples == 2 * 1600 && batches == 2 * 500)
        }
    }

    @Test(arguments: ShufflePolicy.allCases) func `a source of bad blocks alone gives empty batches`(
        policy: ShufflePolicy
    ) throws {
        let stream = try BatchStream(
            FailingSource(base: numbered(7, rowsPerBlock: 7), badBlock: 0), options: options(policy, workers: 2))
        var batches = 0
        while let batch = try stream.next() {
            #expect(batch.rowCount == 0 && batch.sampleCount == 7 && batch.isLastOfEpoch)
            batches += 1
        }
        #expect(batches == 2 && stream.statistics.skippedSamples == 14)
    }

    @Test(arguments: ShufflePolicy.allCases) func `resuming goes on behind a skipped block`(
        policy: ShufflePolicy
    ) throws {
        let source = FailingSource(base: numbered(200, rowsPerBlock: 7), badBlock: 3)
        let whole = try rows(BatchStream(source, options: options(policy, workers: 2)))
        for taken in [1, 5, 12, 13, 20] {
            let first = try BatchStream(source, options: options(policy, workers: 1))
            for _ in 0..<taken { _ = try take(first).rowCount }
            let second = try BatchStream(
                source, options: options(policy, workers: 2), resumingAt: try first.state)
            #expect(try rows(second) == Array(whole[taken...]))
        }
    }

    @Test(arguments: ShufflePolicy.allCases) func `the first thousand bad blocks are named, then their number`(
        policy: ShufflePolicy
    ) throws {
        for (blocks, unnamed) in [(999, 0), (1000, 0), (1001, 1), (1500, 500)] {
            let source = BrokenSource(base: numbered(blocks * 7, rowsPerBlock: 7))
            let stream = try BatchStream(source, options: options(policy, workers: 2))
            while let batch = try stream.next() { #expect(batch.rowCount == 0) }
            #expect(stream.statistics.skippedBlocks == blocks)
            #expect(Set(stream.badBlocks.compactMap(\.block)).count == min(blocks, 1000))
            #expect(stream.badBlocks.count == min(blocks, 1000) + (unnamed > 0 ? 1 : 0))
            if unnamed > 0 { #expect(stream.badBlocks.last?.message.hasPrefix("and \(unnamed) more") == true) }
        }
    }

    private func rows(_ stream: BatchStream) throws -> [[Int]] {
        var result: [[Int]] = []
        while let batch = try stream.next() { result.append(Array(batch.rows)) }
        return result
    }
}
