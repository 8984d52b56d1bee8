import Foundation
import Memory
import Shards
import Testing

struct `Datasets of shards` {
    private let columns = [
        ShardColumn("x", .float32, rowShape: [3]), ShardColumn("y", .int64), ShardColumn(bytes: "name"),
    ]

    @Test func `a dataset comes back as it was written`() throws {
        let directory = try TestDirectory()
        let rows = TestShards.rows(columns, 53)
        let schema = try ShardSchema(columns, isShuffled: [true, false, false], blockRows: 4)
        let manifest = try TestShards.writeDataset(rows, schema, shardRows: 16, in: directory)
        let dataset = try ShardDataset(path: directory.path)
        #expect(dataset.manifest == manifest)
        #expect(try ShardDataset(path: directory.file("manifest.json")).manifest == manifest)
        #expect(dataset.rowCount == 53)
        #expect(dataset.shardCount == 4)
        #expect(dataset.blockCount == 14)
        #expect(try TestShards.readAll(dataset).contents == rows.contents)
        #expect(dataset.manifest.text == manifest.text)
    }

    @Test func `rows and blocks are found by arithmetic`() throws {
        let directory = try TestDirectory()
        let rows = TestShards.rows(columns, 53)
        try TestShards.writeDataset(rows, ShardSchema(columns, blockRows: 5), shardRows: 17, in: directory)
        let dataset = try ShardDataset(path: directory.path)
        let decoder = BlockDecoder()
        for row in 0..<53 {
            let place = dataset.place(ofRow: row)
            let file = try dataset.file(place.shard)
            try decoder.load(file, block: place.block)
            let block = RowChunk(columns)
            try decoder.append(to: block)
            #expect(block.contents[place.row] == rows.contents[row])
            let global = dataset.blocks(ofShard: place.shard).lowerBound + place.block
            #expect(dataset.rows(ofBlock: global).contains(row))
            #expect(dataset.place(ofBlock: global) == (place.shard, place.block))
        }
    }

    @Test func `few shards are kept open`() throws {
        let directory = try TestDirectory()
        let rows = TestShards.rows(columns, 40)
        try TestShards.writeDataset(rows, ShardSchema(columns, blockRows: 2), shardRows: 4, in: directory)
        let dataset = try ShardDataset(path: directory.path, openFiles: 3)
        #expect(try TestShards.readAll(dataset).contents == rows.contents)
        #expect(dataset.openCount == 3)
        let first = try dataset.file(9)
        #expect(try dataset.file(9) === first)
        let small = try ShardDataset(path: directory.path, indexBytes: 1)
        #expect(try TestShards.readAll(small).contents == rows.contents)
        #expect(small.openCount == 1)
    }

    @Test func `what is no dataset says what it is`() throws {
        let directory = try TestDirectory()
        func failure() -> String {
            do throws(ShardError) {
                _ = try ShardDataset(path: directory.path)
                return "none"
            } catch {
                return error.description
            }
        }
        #expect(failure().contains("found no manifest.json among 0 files"))
        try directory.write([1], "shard-00000.zst")
        #expect(failure().contains("found 1 shards and no manifest.json"))
        try directory.write([1], ".conversion.partial")
        #expect(failure().contains("--resume"))
        #expect(throws: ShardError(.missing, path: "/nonexistent", "no such file or directory")) {
            _ = try ShardDataset(path: "/nonexistent")
        }
    }

    @Test func `a dataset without rows has no shards`() throws {
        let directory = try TestDirectory()
        try TestShards.writeDataset(
            RowChunk(columns), ShardSchema(columns, blockRows: 4), shardRows: 4, in: directory)
        let dataset = try ShardDataset(path: directory.path)
        #expect(dataset.rowCount == 0)
        #expect(dataset.blockCount == 0)
    }
}
