import DataSource
import Foundation
import Memory
import Shards
import Testing

@Suite struct ShardDamageTests {
    private func failure(_ source: some Source, _ policy: ShufflePolicy = .window) -> DataError? {
        do throws(DataError) {
            let stream = try source.batches(of: 16, shuffle: policy)
            while let batch = try stream.next() { _ = batch.rowCount }
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ShufflePolicy.allCases) func `a flipped byte in a block is named, and can be skipped`(
        policy: ShufflePolicy
    ) throws {
        let shards = try TestShards.numbered([70, 70], blockRows: 7)
        let file = try ShardFile(path: shards.shard(1))
        // In the payload of the labels of block 3.
        let offset = file.range(block: 3, columns: 2..<3).upperBound - 6
        try shards.flipByte(ofShard: 1, at: offset)
        let source = try ShardSource(shards.path)
        let error = failure(source, policy)
        #expect(error?.file == shards.shard(1) && error?.dataset == "y" && error?.kind == .invalid)
        #expect(error?.block == 13 && error?.rows == 91..<98 && error?.fileRows == 21..<28)
        #expect(error?.description.contains("rows 21...27 of the file, 91...97 of all") == true)
        var options = BatchOptions()
        options.shuffle = policy
        options.onBadBlock = .skip
        let stream = try BatchStream(source, options: options)
        #expect(try samples(of: stream).sorted() == Array(0..<91) + Array(98..<140))
        #expect(stream.statistics.skippedSamples == 7 && stream.badBlocks.map(\.block) == [13])
        // Who does not need the column does not notice.
        let x = try ShardSource(paths: [shards.path], x: ["x"], y: [])
        let other = failure(x, policy)
        #expect(other == nil)
    }

    private func samples(of stream: BatchStream) throws -> [Int] {
        var rows: [Int] = []
        while let batch = try stream.next() { rows += batch.rows }
        return rows
    }

    @Test func `a shard that is missing, cut or of another dataset is named`() throws {
        let shards = try TestShards.numbered([70, 70], blockRows: 7)
        let size = try Data(contentsOf: URL(fileURLWithPath: shards.shard(1))).count
        shrink(shards.shard(1), to: size - 1)
        let cut = failure(try ShardSource(shards.path))
        #expect(cut?.file == shards.shard(1) && cut?.message.contains("expected \(size) bytes") == true)
        #expect(cut?.block != nil && cut?.rows != nil)
        try FileManager.default.removeItem(atPath: shards.shard(1))
        let missing = #expect(throws: DataError.self) { try ShardSource(shards.path) }
        #expect(missing?.kind == .fileUnavailable && missing?.file == shards.shard(1))
        try FileManager.default.copyItem(atPath: shards.shard(0), toPath: shards.shard(1))
        #expect(failure(try ShardSource(shards.path))?.file == shards.shard(1))
    }

    @Test func `a shard that changes while it is in use is named so`() throws {
        let shards = try TestShards.numbered([7000], blockRows: 7)
        let source = try ShardSource(shards.path)
        let stream = try source.rows(0..<7).batches(of: 7)
        _ = try take(stream).rowCount
        shrink(shards.shard(0), to: 3000)
        let error = failure(source)
        #expect(error?.message.contains("the file changed while it was in use: truncated") == true)
    }

    @Test func `what is no dataset is said`() throws {
        let shards = try TestShards.numbered([7], blockRows: 7)
        let single = #expect(throws: DataError.self) { try DataFiles.open([shards.shard(0)], ColumnNames()) }
        #expect(single?.message.contains("found a shard of a dataset; name its directory") == true)
        try FileManager.default.removeItem(atPath: shards.path + "/manifest.json")
        let unfinished = #expect(throws: DataError.self) { try ShardSource(shards.path) }
        #expect(unfinished?.message.contains("found 1 shards and no manifest.json") == true)
        let nothing = #expect(throws: DataError.self) { try ShardSource(shards.path + "/none") }
        #expect(nothing?.kind == .fileUnavailable)
    }
}
