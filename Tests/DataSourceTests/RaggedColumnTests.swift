import DataSource
import Foundation
import Memory
import Shards
import Testing

/// Row i holds i % 6 steps of the pairs (i, step), and the label i; `bytes` of the same length.
private func ragged(_ rowCount: Int, blockRows: Int = 7) throws -> TestShards {
    let rows = RowChunk([
        ShardColumn(ragged: "x", .int16, elementShape: [2]), ShardColumn("y", .int64), ShardColumn(bytes: "b"),
        ShardColumn(bytes: "words", encoding: .text),
    ])
    for row in 0..<rowCount {
        rows.append((0..<row % 6).flatMap { [Int16(row), Int16($0)] }, column: 0)
        rows.append([Int64(row)], column: 1)
        rows.append([UInt8](repeating: UInt8(row % 256), count: row % 6), column: 2)
        rows.append([UInt8](repeating: 65, count: row % 3), column: 3)
        rows.endRow()
    }
    return try TestShards(rows, blockRows: blockRows, shardRows: [rowCount], isShuffled: [true, false, false, false])
}

@Suite struct RaggedColumnTests {
    /// What a row becomes, by the definition of Keras's `pad_sequences`.
    private func expected(_ row: Int, steps: Int, _ padding: RowPadding) -> [Float] {
        var own = (0..<row % 6).map { [Float(row), Float($0)] }
        if own.count > steps { own = Array(padding.truncating == .pre ? own.suffix(steps) : own.prefix(steps)) }
        let added = [[Float]](
            repeating: [Float(padding.value), Float(padding.value)], count: steps - own.count)
        return (padding.padding == .pre ? added + own : own + added).flatMap { $0 }
    }

    private static let paddings = [
        RowPadding.to(4), RowPadding(.fixed(4), padding: .pre), RowPadding(.fixed(3), truncating: .pre, value: -1),
        RowPadding(.fixed(1), padding: .pre, truncating: .pre), RowPadding(.fixed(9), padding: .pre, value: 300),
        RowPadding.longest, RowPadding(.longest, padding: .pre, value: 7),
    ]

    @Test(arguments: paddings, ShufflePolicy.allCases)
    func `rows are padded and cut, and their lengths known`(padding: RowPadding, policy: ShufflePolicy) throws {
        let shards = try ragged(60)
        let source = try ShardSource(shards.path, x: "x", y: "y", padding: ["x": padding])
        #expect(source.inputs[0].padding == padding)
        var options = BatchOptions()
        options.batchSize = 4
        options.shuffle = policy
        options.windowBytes = 2000
        var first: [[Float]] = []
        for workers in [1, 2, 7] {
            options.decodeWorkers = workers
            let stream = try BatchStream(source, options: options)
            var seen: Set<Int32> = []
            var all: [[Float]] = []
            while let batch = try stream.next() {
                let labels = Array(batch.targets[0].integers)
                let longest = labels.map { Int($0) % 6 }.max() ?? 0
                let steps: Int
                if case .fixed(let count) = padding.length { steps = count } else { steps = max(1, longest) }
                #expect(batch.inputs[0].shape == [batch.rowCount, steps, 2])
                let lengths = try #require(batch.lengths(of: "x").map { Array($0) })
                #expect(lengths == labels.map { min($0 % 6, Int32(steps)) })
                #expect(batch.lengths(of: "y") == nil)
                let x = Array(batch.inputs[0].floats)
                #expect(x == labels.flatMap { expected(Int($0), steps: steps, padding) })
                seen.formUnion(labels)
                all.append(x)
            }
            #expect(seen.count == 60)
            if workers == 1 { first = all } else { #expect(all == first) }
        }
    }

    @Test func `bytes are rows of numbers, and conversions apply to what was added`() throws {
        let shards = try ragged(20)
        let source = try ShardSource(
            shards.path, x: "b", y: "y", padding: ["b": RowPadding(.fixed(5), value: 10)]
        ).converting("b", .scale(0.5))
        let stream = try source.batches(of: 20, shuffle: .none)
        let batch = try take(stream)
        #expect(Array(batch.inputs[0].floats[15..<20]) == [1.5, 1.5, 1.5, 5, 5])
        let classes = try ShardSource(shards.path, x: "b", y: "y", padding: ["b": .longest])
            .converting("b", .oneHot(classes: 30)).batches(of: 3, shuffle: .none)
        let some = try take(classes)
        #expect(some.inputs[0].rowShape == [2, 30])
        #expect(throws: DataError.self) {
            try ShardSource(shards.path, x: "b", y: "y", padding: ["b": .longest]).converting("b", .sparse)
        }
    }

    @Test func `rows that are left out leave no gap`() throws {
        let shards = try ragged(60)
        let file = try ShardFile(path: shards.shard(0))
        try shards.flipByte(ofShard: 0, at: file.range(block: 2, columns: 0..<1).upperBound - 5)
        let source = try ShardSource(shards.path, x: "x", y: "y", padding: ["x": .longest])
        var options = BatchOptions()
        options.batchSize = 8
        options.onBadBlock = .skip
        for policy in ShufflePolicy.allCases {
            options.shuffle = policy
            let stream = try BatchStream(source, options: options)
            var labels: [Int32] = []
            while let batch = try stream.next() {
                let steps = batch.inputs[0].rowShape.dimensions[0]
                #expect(batch.rowCount == 0 || Int(batch.lengths(of: "x")?.max() ?? 0) == steps || steps == 1)
                for (row, label) in batch.targets[0].integers.enumerated() {
                    let x = Array(batch.inputs[0].floats[row * steps * 2..<(row + 1) * steps * 2])
                    #expect(x == expected(Int(label), steps: steps, .longest))
                }
                labels += batch.targets[0].integers
            }
            #expect(labels.sorted() == Array(0..<14) + Array(21..<60))
        }
    }

    @Test func `the identity of the data tells paddings apart`() throws {
        let shards = try ragged(60)
        func state(_ padding: RowPadding) throws -> String {
            try ShardSource(shards.path, x: "x", y: "y", padding: ["x": padding]).batches(of: 8).state.dataIdentity
        }
        #expect(try state(.to(4)) == state(.to(4)))
        #expect(try state(.to(4)) != state(RowPadding(.fixed(4), value: 1)))
        #expect(try state(.longest) != state(.to(5)))
    }

    @Test func `several datasets have the slots of their longest rows`() throws {
        let short = try ragged(3)
        let long = try ragged(30)
        let source = try ShardSource(paths: [short.path, long.path], x: ["x"], y: ["y"], padding: ["x": .longest])
        #expect(source.inputs[0].rowShape == [5, 2] && source.rowCount == 33)
        let stream = try source.batches(of: 3, shuffle: .none)
        #expect(try take(stream).inputs[0].rowShape == [2, 2])
    }

    @Test func `what cannot be is refused with the way out`() throws {
        let shards = try ragged(20)
        func message(_ x: String, _ padding: [String: RowPadding] = [:]) -> String {
            do throws(DataError) {
                _ = try ShardSource(shards.path, x: x, y: "y", padding: padding)
                return "no error"
            } catch {
                return "\(error)"
            }
        }
        #expect(message("x").contains("x: its rows differ in length (int16, 0 to 5 steps of shape (2,) a row)"))
        #expect(message("x").contains("--pad x=5"))
        #expect(message("words").contains("a model takes no text"))
        #expect(message("x", ["y": .to(3)]).contains("padding is for columns of rows of different lengths"))
        #expect(message("x", ["z": .to(3)]).contains("there is no such column"))
        #expect(message("x", ["x": RowPadding(.fixed(3), value: 0.5)]).contains("value 0.5 is no int16"))
        #expect(message("x", ["x": .to(.max)]).contains("pad to a shorter length"))
        #expect(message("x", ["x": .to(1 << 30)]).contains("pad to a shorter length"))
        #expect(RowPadding(parsing: "12,padding=pre,value=-1") == RowPadding(.fixed(12), padding: .pre, value: -1))
        #expect(RowPadding(parsing: "longest,truncating=pre")?.description == "longest,truncating=pre")
        for text in ["", "0", "-1", "x", "3,", "3,pre", "3,value=inf", "3,padding=left"] {
            #expect(RowPadding(parsing: text) == nil)
        }
    }
}
