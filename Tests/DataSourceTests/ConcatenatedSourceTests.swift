import DataSource
import Memory
import Synchronization
import Testing

private func options(_ policy: ShufflePolicy, workers: Int, epochs: Int = 2) -> BatchOptions {
    var options = BatchOptions()
    options.batchSize = 16
    options.shuffle = policy
    options.windowBytes = 6 * 128
    options.queueBytes = 4000
    options.decodeWorkers = workers
    options.epochs = 0..<epochs
    options.seed = 5
    return options
}

/// Parts of a `numbered` source: row i of the whole holds the number i.
private func parts(_ counts: [Int]) -> [any Source] {
    let whole = numbered(counts.reduce(0, +), rowsPerBlock: 7)
    var first = 0
    return counts.map { count in
        defer { first += count }
        return whole.rows(first..<first + count)
    }
}

@Suite struct ConcatenatedSourceTests {
    @Test(arguments: ShufflePolicy.allCases, [[40], [13, 1, 50, 7], [0, 20, 0, 30, 0], [1, 1, 1], [100, 200, 300]])
    func `every sample of every part comes once, in an order that workers do not change`(
        policy: ShufflePolicy, counts: [Int]
    ) throws {
        let source = try ConcatenatedSource(parts(counts))
        let rows = counts.reduce(0, +)
        #expect(source.rowCount == rows)
        let first = try drain(BatchStream(source, options: options(policy, workers: 1)))
        for epoch in 0..<2 {
            #expect(first.samples[(epoch * rows)..<((epoch + 1) * rows)].sorted() == Array(0..<rows))
        }
        if policy == .none { #expect(first.samples == Array(0..<rows) + Array(0..<rows)) }
        for workers in [2, 7] {
            #expect(try drain(BatchStream(source, options: options(policy, workers: workers))) == first)
        }
    }

    @Test(arguments: ShufflePolicy.allCases) func `parts of whole blocks give the stream of the data in one piece`(
        policy: ShufflePolicy
    ) throws {
        let joined = try ConcatenatedSource(parts([70, 7, 140, 33]))
        let whole = numbered(250, rowsPerBlock: 7)
        #expect(joined.blocks == whole.blocks)
        #expect(
            try drain(BatchStream(joined, options: options(policy, workers: 2)))
                == drain(BatchStream(whole, options: options(policy, workers: 2))))
    }

    @Test func `blocks never span two parts`() throws {
        let source = try ConcatenatedSource(parts([10, 3, 9]))
        #expect(
            (0..<source.blocks.count).map { source.blocks[$0] } == [
                0..<7, 7..<10, 10..<13, 13..<14, 14..<21, 21..<22,
            ])
    }

    @Test func `a range of a join is a source`() throws {
        let source = try ConcatenatedSource(parts([10, 3, 9]))
        #expect(try drain(source.rows(8..<15).batches(of: 4, shuffle: .none)).samples == Array(8..<15))
        let halves = try source.split(last: 0.5)
        #expect(halves.first.rowCount == 11 && halves.last.rowCount == 11)
        #expect(try drain(halves.last.batches(of: 4, shuffle: .none)).samples == Array(11..<22))
    }

    @Test func `a split takes the last rows, as Keras does, and leaves none empty`() throws {
        let source = numbered(10, rowsPerBlock: 7)
        for (fraction, count) in [(0.2, 8), (0.25, 7), (0.99, 0), (0.05, 9)] {
            if count == 0 {
                let error = #expect(throws: DataError.self) { try source.split(last: fraction) }
                #expect(error?.kind == .usage)
            } else {
                let parts = try source.split(last: fraction)
                #expect(parts.first.rowCount == count && parts.last.rowCount == 10 - count)
            }
        }
        for fraction in [0, 1, -0.5, 1.5, Double.nan] {
            #expect(throws: DataError.self) { try source.split(last: fraction) }
        }
    }

    @Test func `differences are named, all of them`() {
        let x = ArrayColumn("x", [Float](repeating: 0, count: 12), rowShape: [3])
        let y = ArrayColumn("y", [Int64](repeating: 0, count: 4))
        let good = ArraySource(inputs: [x], targets: [y])
        let others = [
            ArraySource(inputs: [ArrayColumn("z", [Float](repeating: 0, count: 12), rowShape: [3])], targets: [y]),
            ArraySource(inputs: [x], targets: [ArrayColumn("y", [Int32](repeating: 0, count: 4))]),
            ArraySource(inputs: [ArrayColumn("x", [Float](repeating: 0, count: 16), rowShape: [4])], targets: [y]),
            ArraySource(inputs: [x]),
            ArraySource(inputs: [x], targets: [y], sampleWeight: ArrayColumn("w", [Float](repeating: 1, count: 4))),
        ]
        let error = #expect(throws: DataError.self) { try ConcatenatedSource([good] + others) }
        for fragment in [
            "5 of 6 parts of the dataset differ from the first, source 1",
            "source 2: input z: expected x; found z",
            "source 3: y: expected int64, one number a row; found int32, one number a row",
            "source 4: x: expected float32, rows of shape (3,); found float32, rows of shape (4,)",
            "source 5: targets: expected 1 (y); found none",
            "source 6: sample weights: expected none; found 1 (w)",
        ] {
            #expect(error?.message.contains(fragment) == true, "\(error?.message ?? "no error")")
        }
        let many = #expect(throws: DataError.self) {
            try ConcatenatedSource([good] + Array(repeating: others[1], count: 14))
        }
        #expect(many?.message.contains("14 of 15") == true && many?.message.contains("and 4 more") == true)
        #expect(throws: DataError.self) { try ConcatenatedSource([]) }
    }

    @Test func `readers of many parts are dropped again, and none of their bytes is lost`() throws {
        let counter = ReaderCounter()
        let source = try ConcatenatedSource(
            (0..<40).map { _ in CountedSource(base: numbered(7, rowsPerBlock: 7), counter: counter) })
        let stream = try BatchStream(source, options: options(.block, workers: 2, epochs: 3))
        while let batch = try stream.next() { _ = batch.rowCount }
        #expect(counter.most <= 8)
        #expect(stream.statistics.storedBytesRead == stream.statistics.blocksDecoded)
        #expect(source.readerBytes == 400 && source.sharedBytes == 0)
    }
}

/// How many readers live, and lived at most.
private final class ReaderCounter: Sendable {
    private let counts = Mutex((living: 0, most: 0))

    var most: Int { counts.withLock { $0.most } }

    func add(_ count: Int) {
        counts.withLock {
            $0.living += count
            $0.most = max($0.most, $0.living)
        }
    }
}

/// A source whose readers are counted, hold 100 bytes and read one stored byte a block.
private struct CountedSource: Source {
    let base: ArraySource
    let counter: ReaderCounter

    var inputs: [ColumnInfo] { base.inputs }
    var targets: [ColumnInfo] { base.targets }
    var blocks: BlockTable { base.blocks }
    var readerBytes: Int { 100 }

    func makeReader() -> any BlockReader { Reader(base.makeReader(), counter) }

    private final class Reader: BlockReader {
        private let base: any BlockReader
        private let counter: ReaderCounter
        private(set) var storedBytesRead = 0

        init(_ base: any BlockReader, _ counter: ReaderCounter) {
            self.base = base
            self.counter = counter
            counter.add(1)
        }

        deinit { counter.add(-1) }

        func read(rows: Range<Int>, into destination: BlockDestination) throws(DataError) {
            storedBytesRead += 1
            try base.read(rows: rows, into: destination)
        }
    }
}
