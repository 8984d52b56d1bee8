import DataSource
import Memory
import Testing

private func options(
    _ batchSize: Int, _ shuffle: ShufflePolicy = .window, window: Int = 1 << 20, workers: Int = 2,
    queue: Int = 1 << 16, epochs: Int = 2, seed: UInt64 = 3
) -> BatchOptions {
    var options = BatchOptions()
    options.batchSize = batchSize
    options.shuffle = shuffle
    options.windowBytes = window
    options.decodeWorkers = workers
    options.queueBytes = queue
    options.epochs = 0..<epochs
    options.seed = seed
    return options
}

// Bytes of a decoded block of seven rows of a `numbered` source: 56 and 56, each rounded up to 64.
private let blockBytes = 128

@Suite struct BatchStreamTests {
    @Test(arguments: ShufflePolicy.allCases, [2000, 1 << 40, Int.max])
    func `a batch size beyond the rows takes memory for the rows alone`(policy: ShufflePolicy, batchSize: Int) throws {
        let source = numbered(1000, rowsPerBlock: 7)
        let stream = try BatchStream(source, options: options(batchSize, policy))
        let whole = try BatchStream(source, options: options(1000, policy))
        #expect(stream.plan.totalBytes == whole.plan.totalBytes)
        let delivered = try drain(stream)
        #expect(delivered.rowCounts == [1000, 1000])
        #expect(delivered == (try drain(whole)))
    }

    @Test(
        arguments: ShufflePolicy.allCases, [1, 5, 7, 100, 1000])
    func `every sample comes once in each epoch`(policy: ShufflePolicy, batchSize: Int) throws {
        for rowCount in [1, 6, 7, 8, 103] {
            for window in [0, blockBytes, 3 * blockBytes, 1 << 20] {
                let source = numbered(rowCount, rowsPerBlock: 7)
                let stream = try BatchStream(source, options: options(batchSize, policy, window: window, epochs: 3))
                let delivered = try drain(stream)
                #expect(delivered.samples.count == 3 * rowCount)
                for epoch in 0..<3 {
                    let samples = delivered.samples[(epoch * rowCount)..<((epoch + 1) * rowCount)]
                    #expect(samples.sorted() == Array(0..<rowCount))
                }
                let full = rowCount / batchSize
                let rest = rowCount % batchSize
                let expected = Array(repeating: batchSize, count: full) + (rest > 0 ? [rest] : [])
                #expect(delivered.rowCounts == expected + expected + expected)
            }
        }
    }

    @Test(arguments: ShufflePolicy.allCases, [blockBytes, 5 * blockBytes, 1 << 20])
    func `workers and queue do not change a byte`(policy: ShufflePolicy, window: Int) throws {
        let source = numbered(1003, rowsPerBlock: 7)
        let first = try drain(BatchStream(source, options: options(32, policy, window: window, workers: 1)))
        for workers in [1, 2, 5, 7] {
            for queue in [0, 2000, 1 << 20] {
                let stream = try BatchStream(
                    source, options: options(32, policy, window: window, workers: workers, queue: queue))
                #expect(try drain(stream) == first)
            }
        }
    }

    @Test func `no shuffling keeps the order, and blocks stay whole`() throws {
        let source = numbered(100, rowsPerBlock: 7)
        #expect(try drain(source.batches(of: 9, shuffle: .none)).samples == Array(0..<100))
        let blocks = try drain(source.batches(of: 9, shuffle: .block)).samples
        #expect(blocks != Array(0..<100))
        for (position, sample) in blocks.enumerated() where sample % 7 != 0 {
            #expect(blocks[position - 1] == sample - 1)
        }
    }

    @Test func `seeds and epochs have orders of their own`() throws {
        let source = numbered(500, rowsPerBlock: 7)
        let delivered = try drain(BatchStream(source, options: options(50, seed: 3))).samples
        #expect(delivered[..<500] != delivered[500...])
        #expect(try drain(BatchStream(source, options: options(50, seed: 4))).samples != delivered)
        // An epoch does not depend on the ones before it.
        var second = options(50, seed: 3)
        second.epochs = 1..<2
        #expect(try drain(BatchStream(source, options: second)).samples == Array(delivered[500...]))
    }

    @Test func `a range of rows is a source`() throws {
        let source = numbered(100, rowsPerBlock: 7)
        let samples = try drain(source.rows(10..<31).batches(of: 4)).samples
        #expect(samples.sorted() == Array(10..<31))
        #expect(try drain(source.rows(95..<100).rows(1..<3).batches(of: 4, shuffle: .none)).samples == [96, 97])
    }

    @Test func `a block is decoded once an epoch, or once when all fit`() throws {
        let source = numbered(700, rowsPerBlock: 7)
        let small = try BatchStream(source, options: options(32, window: 4 * blockBytes, epochs: 3))
        _ = try drain(small)
        #expect(small.statistics.blocksDecoded == 300)
        let large = try BatchStream(source, options: options(32, epochs: 3))
        _ = try drain(large)
        #expect(large.statistics.blocksDecoded == 100)
        #expect(large.statistics.samples == 2100 && large.statistics.batches == 66)
    }

    @Test func `an empty source is an error`() {
        #expect(throws: DataError.self) { try numbered(0, rowsPerBlock: 7).batches(of: 4) }
    }

    @Test func `targets become what was asked`() throws {
        let source = ArraySource(
            inputs: [ArrayColumn("a", [UInt8](0..<6), rowShape: [3]), ArrayColumn("b", [Int32(-5), 5])],
            targets: [ArrayColumn("c", [Int64(1), 2]), ArrayColumn("d", [Float(1), 2])],
            sampleWeight: ArrayColumn("w", [UInt8(1), 3]))
        var chosen = options(2, .none, epochs: 1)
        let automatic = try take(BatchStream(source, options: chosen))
        let (inputs, targets) = (Array(automatic.inputs), Array(automatic.targets))
        #expect(targets.map(\.type) == [.int32, .float32])
        #expect(Array(inputs[0].floats) == [0, 1, 2, 3, 4, 5])
        #expect(inputs[0].shape == [2, 3] && inputs[1].shape == [2])
        #expect(Array(inputs[1].floats) == [-5, 5])
        let weights = automatic.sampleWeight.map { Array($0.floats) }
        #expect(weights == [1, 3])
        chosen.targetTypes = [.float32, .int32]
        let asked = try take(BatchStream(source, options: chosen))
        let converted = Array(asked.targets)
        #expect(Array(converted[0].floats) == [1, 2] && Array(converted[1].integers) == [1, 2])
        for column in asked.inputs { #expect(Int(bitPattern: column.bytes.baseAddress) % 64 == 0) }
    }

    @Test func `a label that is no int32 is an error, not another label`() throws {
        let source = ArraySource(
            inputs: [ArrayColumn("x", [Float](repeating: 0, count: 10))],
            targets: [ArrayColumn("y", (0..<10).map { $0 == 7 ? Int64(1) << 40 : 1 })])
        let stream = try BatchStream(source, options: options(3, .none))
        for _ in 0..<2 { _ = try stream.next() }
        let error = #expect(throws: DataError.self) { _ = try stream.next() }
        #expect(error?.dataset == "y")
        #expect(throws: DataError.self) { _ = try stream.next() }
    }

    @Test func `a batch of your own arrays`() throws {
        let batch = try Batch(x: [1, 2, 3, 4, 5, 6], shape: [3], y: [Int32(7), 8])
        let (x, y) = (batch.inputs[0], batch.targets[0])
        #expect(x.rowCount == 2 && x.shape == [2, 3])
        #expect(Array(x.floats) == [1, 2, 3, 4, 5, 6])
        #expect(Array(y.integers) == [7, 8])
        _ = batch.rowCount
    }
}
