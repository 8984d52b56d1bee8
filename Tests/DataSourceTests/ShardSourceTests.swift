import DataSource
import Foundation
import Memory
import Shards
import Testing

@Suite struct ShardSourceTests {
    private func options(_ policy: ShufflePolicy, workers: Int = 2, queue: Int = 4000, epochs: Int = 2) -> BatchOptions
    {
        var options = BatchOptions()
        options.batchSize = 16
        options.shuffle = policy
        options.windowBytes = 6 * 128
        options.queueBytes = queue
        options.decodeWorkers = workers
        options.epochs = 0..<epochs
        options.seed = 5
        return options
    }

    @Test(arguments: ShufflePolicy.allCases)
    func `the stream is that of arrays with the same cut, for any workers and queue`(
        policy: ShufflePolicy
    ) throws {
        let shards = try TestShards.numbered([70, 7, 140, 33], blockRows: 7)
        let source = try ShardSource(shards.path)
        let arrays = numbered(250, rowsPerBlock: 7)
        #expect(source.blocks == arrays.blocks && source.rowCount == 250)
        let expected = try drain(BatchStream(arrays, options: options(policy)))
        #expect(expected.samples.count == 500)
        for (workers, queue) in [(1, 0), (2, 1 << 14), (7, 1 << 20)] {
            let stream = try BatchStream(source, options: options(policy, workers: workers, queue: queue))
            #expect(try drain(stream) == expected)
        }
    }

    @Test(arguments: ShufflePolicy.allCases)
    func `a stream that resumes anywhere delivers what an uninterrupted one does`(
        policy: ShufflePolicy
    ) throws {
        let shards = try TestShards.numbered([42, 61], blockRows: 7)
        let copy = try TestShards.numbered([42, 61], blockRows: 7)
        let source = try ShardSource(shards.path)
        let whole = try drain(BatchStream(source, options: options(policy)))
        var before = 0
        for taken in 0..<whole.rowCounts.count {
            let first = try BatchStream(source, options: options(policy))
            for _ in 0..<taken { _ = try take(first).rowCount }
            let state = try StreamState(json: try first.state.json)
            // The same data elsewhere are the same data.
            let second = try BatchStream(
                ShardSource(copy.path), options: options(policy, workers: 1 + taken % 7), resumingAt: state)
            var samples: [Int] = []
            while let batch = try second.next() { samples += batch.rows }
            let first0 = try BatchStream(source, options: options(policy))
            var rows: [Int] = []
            while let batch = try first0.next() { rows += batch.rows }
            #expect(samples == Array(rows[before...]), "after \(taken) batches")
            before += whole.rowCounts[taken]
        }
    }

    @Test func `shards of any length are cut into blocks that span none of them`() throws {
        let shards = try TestShards.numbered([10, 3, 9], blockRows: 7)
        let source = try ShardSource(shards.path)
        #expect((0..<source.blocks.count).map { source.blocks[$0] } == [0..<7, 7..<10, 10..<13, 13..<20, 20..<22])
        for policy in ShufflePolicy.allCases {
            let found = try drain(BatchStream(source, options: options(policy, epochs: 1)))
            #expect(found.samples.sorted() == Array(0..<22))
        }
        #expect(source.location(ofRow: 12) == RowLocation(file: shards.shard(1), row: 2))
        #expect(try drain(source.rows(8..<15).batches(of: 4, shuffle: .none)).samples == Array(8..<15))
        #expect(try drain(source.rows(2..<5).batches(of: 4, shuffle: .exact)).samples.sorted() == [2, 3, 4])
    }

    @Test func `an early exit gives everything back`() throws {
        let shards = try TestShards.numbered([700], blockRows: 7)
        for taken in [0, 1, 10] {
            let ledger = MemoryLedger()
            do {
                let stream = try BatchStream(
                    ShardSource(shards.path), options: options(.window), ledger: ledger)
                #expect(ledger.total == stream.plan.totalBytes)
                for _ in 0..<taken { _ = try take(stream).rowCount }
            }
            #expect(ledger.total == 0)
        }
    }

    @Test func `only the columns that are asked for are read`() throws {
        let shards = try TestShards.numbered([7000], blockRows: 1000)
        let statistics = shards.manifest.statistics
        let y = try ShardSource(paths: [shards.path], x: ["y"], y: [])
        let stream = try y.batches(of: 100)
        while let batch = try stream.next() { _ = batch.rowCount }
        #expect(stream.statistics.storedBytesRead == statistics[2].storedBytes)
        #expect(stream.statistics.blocksDecoded == 7 && stream.statistics.readSeconds > 0)
        // A small column in between is read along.
        let both = try ShardSource(shards.path).batches(of: 100)
        while let batch = try both.next() { _ = batch.rowCount }
        #expect(both.statistics.storedBytesRead == statistics[..<3].reduce(0) { $0 + $1.storedBytes })
    }

    @Test func `rows of one block in exact order are decoded once where there is room`() throws {
        let shards = try TestShards.numbered([700], blockRows: 7)
        let source = try ShardSource(shards.path)
        var chosen = options(.exact, epochs: 1)
        chosen.windowBytes = 1 << 20
        let stream = try BatchStream(source, options: chosen)
        #expect(try drain(stream).samples.sorted() == Array(0..<700))
        #expect(stream.statistics.blocksDecoded == 100)
        let single = try source.rows(350..<351).batches(of: 1, shuffle: .exact)
        #expect(try drain(single).samples == [350])
        #expect(single.statistics.blocksDecoded == 1)
    }

    @Test func `columns are found by name as in files`() throws {
        let shards = try TestShards.numbered([50], blockRows: 7)
        var names = ColumnNames()
        names.modelInputs = ["left", "right"]
        names.x = ["right=x", "left=between"]
        let assigned = try ShardSource(paths: [shards.path], names)
        #expect(assigned.inputs.map(\.name) == ["between", "x"] && assigned.targets.map(\.name) == ["y"])
        let weighted = try ShardSource(shards.path, x: "/x", y: "y", sampleWeight: "y")
        #expect(weighted.sampleWeight?.name == "y")
        let twice = try ShardSource(paths: [shards.path], x: ["x"], y: ["x"]).batches(of: 5, shuffle: .none)
        let batch = try take(twice)
        #expect(Array(batch.inputs[0].floats) == Array(batch.targets[0].floats) && batch.targets[0].floats[2] == 1)
        let missing = #expect(throws: DataError.self) { try ShardSource(shards.path, x: "pictures") }
        #expect(missing?.description.contains("pictures: there is no such column") == true)
        #expect(missing?.message.contains("between: uint8, rows of shape (3,)") == true)
        #expect(missing?.message.contains("behind: bytes, 0 to 4 a row") == true)
    }

    @Test func `opening 10,000 shards opens none`() throws {
        let shards = try TestShards.numbered([2, 2, 2], blockRows: 2)
        let source = try ShardSource(shards.path)
        #expect(source.openShardCount == 0)
        #expect(try drain(source.rows(0..<4).batches(of: 3)).samples.count == 4)
        #expect(source.openShardCount == 2)
        var manifest = shards.manifest
        manifest.shards = (0..<10_000).map { number in
            var entry = shards.manifest.shards[0]
            entry.file = ShardFormat.fileName(shard: number)
            return entry
        }
        for column in manifest.statistics.indices { manifest.statistics[column].rowCount = 20_000 }
        manifest.statistics[2].classes = [.init(value: 0, count: 20_000)]
        for number in 3..<10_000 {
            _ = FileManager.default.createFile(atPath: shards.shard(number), contents: nil)
        }
        try manifest.write(directory: shards.path)
        let many = try ShardSource(shards.path)
        #expect(many.rowCount == 20_000 && many.blocks.count == 10_000 && many.openShardCount == 0)
        _ = try many.fingerprint
        #expect(many.openShardCount == 0)
        #expect(many.blocks == BlockTable(rowCount: 20_000, rowsPerBlock: 2))
    }
}
