import DataSource
import Glibc
import Memory
import Testing

@Suite struct StreamEndTests {
    private func options(_ workers: Int) -> BatchOptions {
        var options = BatchOptions()
        options.batchSize = 16
        options.decodeWorkers = workers
        options.windowBytes = 4 * 128
        options.queueBytes = 4000
        return options
    }

    @Test(arguments: [1, 2, 5], [0, 1, 3, 1000]) func `an early exit leaves no thread and no byte`(
        workers: Int, taken: Int
    ) throws {
        let ledger = MemoryLedger()
        do {
            let stream = try BatchStream(
                numbered(2000, rowsPerBlock: 7), options: options(workers), ledger: ledger)
            #expect(ledger.total == stream.plan.totalBytes)
            for _ in 0..<taken {
                guard let batch = try stream.next() else { break }
                _ = batch.rowCount
            }
        }
        #expect(ledger.total == 0)
    }

    @Test func `a batch may outlive its stream`() throws {
        let ledger = MemoryLedger()
        do {
            // The stream ends with this expression.
            let batch = try take(
                BatchStream(numbered(2000, rowsPerBlock: 7), options: options(2), ledger: ledger))
            #expect(ledger.total > 0)
            let x = Array(batch.inputs[0].floats)
            #expect(x.count == 32 && stride(from: 0, to: 32, by: 2).allSatisfy { x[$0] == -x[$0 + 1] })
        }
        #expect(ledger.total == 0)
    }

    @Test(arguments: ShufflePolicy.allCases) func `a bad block is named, after the batches before it`(
        policy: ShufflePolicy
    ) throws {
        let source = FailingSource(base: numbered(2000, rowsPerBlock: 7), badBlock: 200)
        var counts: [Int] = []
        var messages: [String] = []
        for workers in [1, 2, 5, 1, 2, 5] {
            let ledger = MemoryLedger()
            do {
                var chosen = options(workers)
                chosen.shuffle = policy
                let stream = try BatchStream(source, options: chosen, ledger: ledger)
                var count = 0
                do throws(DataError) {
                    while let batch = try stream.next() { count += batch.rowCount / 16 }
                    Issue.record("the bad block went unnoticed")
                } catch {
                    messages.append("\(error)")
                    #expect(error.block == 200 && error.rows == 1400..<1407 && error.file == "made.up")
                }
                counts.append(count)
            }
            #expect(ledger.total == 0)
        }
        #expect(Set(counts).count == 1 && Set(messages).count == 1)
        #expect(messages[0] == "made.up: x: block 200 (rows 1400...1406): expected 1, found 2")
        if policy == .none { #expect(counts[0] == 1400 / 16) }
    }

    @Test func `no thread stays`() async {
        // A process of its own: other suites have loaders, too.
        await #expect(processExitsWith: .success) {
            var chosen = BatchOptions()
            chosen.decodeWorkers = 3
            do {
                let stream = try BatchStream(numbered(2000, rowsPerBlock: 7), options: chosen)
                _ = try take(stream)
                guard threadCount(named: "millrace-data") >= 1 else { fatalError("no thread at work") }
            }
            for _ in 0..<200 where threadCount(named: "millrace-data") > 0 { usleep(20_000) }
            guard threadCount(named: "millrace-data") == 0 else { fatalError("a thread stayed") }
        }
    }

    @Test func `holding every batch and asking for one more traps`() async {
        await #expect(processExitsWith: .failure) {
            var chosen = BatchOptions()
            chosen.queueBytes = 0
            // What is thrown, or nothing at all, is a success here: only a trap is expected.
            do {
                let small = try BatchStream(numbered(2000, rowsPerBlock: 7), options: chosen)
                let first = try take(small)
                let second = try take(small)
                let third = try take(small)
                print(first.rowCount + second.rowCount + third.rowCount)
            } catch {}
            exit(0)
        }
    }
}
