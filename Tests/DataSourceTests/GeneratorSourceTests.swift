import DataSource
import Memory
import Synchronization
import Testing

@Suite struct GeneratorSourceTests {
    private struct Broken: Error {}

    /// Rows that hold their number and their epoch's, in pieces of `piece` rows; the stream ends after `length`.
    private func source(
        rowCount: Int = 100, length: Int = 1 << 20, piece: Int = 9, opened: Counter = Counter(), failsAt: Int? = nil
    ) -> GeneratorSource {
        GeneratorSource(
            inputs: [ColumnInfo(name: "x", type: .float32, rowShape: [2])],
            targets: [ColumnInfo(name: "y", type: .int64, rowShape: [])], rowCount: rowCount, rowsPerBlock: 7
        ) { epoch in
            opened.add()
            var row = 0
            return {
                if let failsAt, row >= failsAt { throw Broken() }
                let rows = row..<min(row + piece, length)
                guard !rows.isEmpty else { return nil }
                row = rows.upperBound
                return [
                    ArrayColumn("x", rows.flatMap { [Float($0), Float(epoch)] }, rowShape: [2]),
                    ArrayColumn("y", rows.map { Int64($0) }),
                ]
            }
        }
    }

    private func options(_ policy: ShufflePolicy, workers: Int = 2) -> BatchOptions {
        var options = BatchOptions()
        options.batchSize = 16
        options.shuffle = policy
        options.windowBytes = 3 * 128
        options.decodeWorkers = workers
        options.epochs = 0..<3
        return options
    }

    @Test(arguments: [ShufflePolicy.none, .block, .window], [1, 2, 7])
    func `every epoch opens a fresh stream and delivers all of it`(policy: ShufflePolicy, workers: Int) throws {
        for piece in [1, 7, 9, 1000] {
            let opened = Counter()
            let stream = try BatchStream(
                source(piece: piece, opened: opened), options: options(policy, workers: workers))
            var rows: [[Int]] = [[], [], []]
            while let batch = try stream.next() {
                for row in 0..<batch.rowCount {
                    #expect(batch.inputs[0].floats[2 * row + 1] == Float(batch.epoch))
                    #expect(Int(batch.inputs[0].floats[2 * row]) == Int(batch.targets[0].integers[row]))
                    rows[batch.epoch].append(Int(batch.targets[0].integers[row]))
                }
            }
            #expect(opened.value == 3)
            for epoch in 0..<3 { #expect(rows[epoch].sorted() == Array(0..<100)) }
            if policy == .window {
                #expect(rows[0] != rows[1] && rows[0] != Array(0..<100))
            } else {
                #expect(rows[0] == Array(0..<100))
            }
        }
    }

    @Test(arguments: [0, 1, 50, 99]) func `a short stream says how many rows came`(length: Int) {
        let error = #expect(throws: DataError.self) {
            let stream = try BatchStream(source(length: length), options: options(.window))
            while let batch = try stream.next() { _ = batch.rowCount }
        }
        #expect(error?.message.contains("expected 100 rows, the stream ended after \(length)") == true)
    }

    @Test func `an error of the stream is passed on, with its place`() {
        let error = #expect(throws: DataError.self) {
            let stream = try BatchStream(source(failsAt: 45), options: options(.none))
            while let batch = try stream.next() { _ = batch.rowCount }
        }
        #expect(error?.message.contains("at row 45") == true && error?.underlying is Broken)
    }

    @Test func `rows of another shape are refused`() {
        let source = GeneratorSource(
            inputs: [ColumnInfo(name: "x", type: .float32, rowShape: [2])], rowCount: 10
        ) { _ in { [ArrayColumn("x", [Float(1), 2, 3], rowShape: [3])] } }
        let error = #expect(throws: DataError.self) { _ = try take(source.batches(of: 2)).rowCount }
        #expect(error?.message.contains("x float32 (2,)") == true && error?.message.contains("(3,)") == true)
    }

    @Test func `it resumes by reading over what was delivered`() throws {
        let whole = try rows(BatchStream(source(), options: options(.window)))
        for taken in [1, 6, 7, 8, 15] {
            let first = try BatchStream(source(), options: options(.window))
            for _ in 0..<taken { _ = try take(first).rowCount }
            let second = try BatchStream(source(), options: options(.window), resumingAt: try first.state)
            #expect(try rows(second) == Array(whole[taken...]))
        }
    }

    @Test func `the exact shuffle is refused, because it needs any row at any time`() {
        let error = #expect(throws: DataError.self) { try BatchStream(source(), options: options(.exact)) }
        #expect(error?.message.contains("window") == true)
    }

    @Test func `a stream that gives nothing and does not end is an error`() throws {
        let source = GeneratorSource(
            inputs: [ColumnInfo(name: "x", type: .float32, rowShape: [])], rowCount: 10
        ) { _ in { [ArrayColumn("x", [Float]())] } }
        let stream = try source.batches(of: 4)
        let error = #expect(throws: DataError.self) { while try stream.next() != nil {} }
        #expect(error?.message.contains("1000 pieces without rows") == true)
    }

    private func rows(_ stream: BatchStream) throws -> [[Int]] {
        var result: [[Int]] = []
        while let batch = try stream.next() { result.append(batch.targets[0].integers.map { Int($0) }) }
        return result
    }
}

/// A number that several threads count up.
final class Counter: Sendable {
    private let count = Atomic(0)
    var value: Int { count.load(ordering: .relaxed) }
    func add() { count.add(1, ordering: .relaxed) }
}
