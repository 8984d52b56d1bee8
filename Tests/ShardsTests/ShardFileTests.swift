import Foundation
import Memory
import Shards
import Testing

struct `Shard files` {
    private func roundTrip(
        _ rows: RowChunk, blockRows: Int, isShuffled: [Bool]? = nil
    ) throws -> (ShardFile, RowChunk, ShardEntry) {
        let directory = try TestDirectory()
        let schema = try ShardSchema(
            rows.columns, isShuffled: isShuffled ?? TestShards.shuffles(rows.columns), blockRows: blockRows)
        var statistics = rows.columns.map { ShardColumnStatistics($0) }
        let entry = try TestShards.writeShard(
            rows, 0..<rows.rowCount, schema, 7, in: directory, statistics: &statistics)
        let path = directory.file(entry.file)
        let expecting = ShardFile.Expectation(entry, schema: schema, shard: 7)
        let file = try ShardFile(path: path, expecting: expecting)
        #expect(try TestShards.readAll(file).contents == rows.contents)
        let alone = try ShardFile(path: path)
        #expect(alone.schema == schema)
        #expect(alone.shard == 7)
        #expect(try TestShards.readAll(alone).contents == rows.contents)
        return (alone, rows, entry)
    }

    @Test(arguments: [1, 2, 5, 16, 37, 64])
    func `every column type comes back in blocks of any size`(blockRows: Int) throws {
        let rows = TestShards.rows(TestShards.everyColumn, 37)
        let (file, _, entry) = try roundTrip(rows, blockRows: blockRows)
        #expect(file.rowCount == 37)
        #expect(file.blockCount == (37 + blockRows - 1) / blockRows)
        #expect(entry.rowCount == 37)
        #expect(file.rows(ofBlock: file.blockCount - 1).upperBound == 37)
    }

    @Test func `the other half of the columns shuffled comes back, too`() throws {
        let columns = TestShards.everyColumn
        let shuffles = zip(TestShards.shuffles(columns), columns).map { !$0 && ShardSchema.canShuffle($1) }
        _ = try roundTrip(TestShards.rows(columns, 20, seed: 2), blockRows: 8, isShuffled: shuffles)
    }

    @Test func `empty ragged rows come back`() throws {
        let columns = [ShardColumn(ragged: "r", .float64, elementShape: [3]), ShardColumn(bytes: "b")]
        _ = try roundTrip(TestShards.rows(columns, 9, longest: 0), blockRows: 4)
        // Only the last frame knows the rows of such a shard.
        let (file, _, _) = try roundTrip(TestShards.rows(columns, 10, longest: 3), blockRows: 4)
        #expect(file.rowCount == 10)
    }

    @Test func `rows larger than a buffer come back`() throws {
        let columns = [ShardColumn("x", .uint16, rowShape: [1 << 20]), ShardColumn(bytes: "b")]
        var random = TestRandom(state: 3)
        let rows = RowChunk(columns)
        for row in 0..<3 {
            let target = rows.extend(column: 0, by: 2 << 20)
            for place in stride(from: 0, to: target.count, by: 8) {
                target.storeBytes(of: random.next() & 0x0fff_00ff_0fff_00ff, toByteOffset: place, as: UInt64.self)
            }
            rows.extend(column: 1, by: row << 20).initializeMemory(as: UInt8.self, repeating: UInt8(row))
            rows.endRow()
        }
        _ = try roundTrip(rows, blockRows: 2)
    }

    @Test func `some columns of a block are read without the others`() throws {
        let columns = TestShards.everyColumn
        let rows = TestShards.rows(columns, 12)
        let directory = try TestDirectory()
        let schema = try ShardSchema(columns, blockRows: 5)
        var statistics = columns.map { ShardColumnStatistics($0) }
        let entry = try TestShards.writeShard(rows, 0..<12, schema, 0, in: directory, statistics: &statistics)
        let file = try ShardFile(path: directory.file(entry.file))
        let decoder = BlockDecoder()
        for range in [0..<1, 3..<7, columns.count - 1..<columns.count] {
            try decoder.load(file, block: 1, columns: range)
            let part = RowChunk(Array(columns[range]))
            try decoder.append(to: part)
            #expect(part.contents == rows.contents[5..<10].map { Array($0[range]) })
        }
    }

    @Test func `the same rows give the same bytes`() throws {
        let columns = TestShards.everyColumn
        let rows = TestShards.rows(columns, 40)
        let schema = try ShardSchema(columns, blockRows: 8)
        // An encoder that has seen other rows must not write others.
        let (fresh, used) = (EncodedBlock(), EncodedBlock())
        let encoder = BlockEncoder(schema, level: 3)
        for first in stride(from: 0, to: 40, by: 8) { try encoder.encode(first..<first + 8, of: rows, into: used) }
        try encoder.encode(8..<16, of: rows, into: used)
        try BlockEncoder(schema, level: 3).encode(8..<16, of: rows, into: fresh)
        #expect(Array(fresh.bytes.bytes) == Array(used.bytes.bytes))
        #expect(fresh.frames == used.frames)
        #expect(fresh.statistics == used.statistics)
    }

    @Test func `a shard that is not finished never appears`() throws {
        let directory = try TestDirectory()
        let rows = TestShards.rows([ShardColumn("x", .float32)], 8)
        let schema = try ShardSchema(rows.columns, blockRows: 8)
        do {
            let writer = try ShardFileWriter(path: directory.file("shard-00000.zst"), schema: schema, shard: 0)
            let block = EncodedBlock()
            try BlockEncoder(schema, level: 1).encode(0..<8, of: rows, into: block)
            try writer.append(block)
            #expect(try directory.names.allSatisfy { $0.hasPrefix(".") })
        }
        #expect(try directory.names.isEmpty)
    }

    @Test func `a directory that is not there is an error at once`() throws {
        let schema = try ShardSchema([ShardColumn("x", .float32)], blockRows: 8)
        #expect(throws: OutputError.self) {
            _ = try ShardFileWriter(path: "/nonexistent/shard-00000.zst", schema: schema, shard: 0)
        }
    }

    @Test func `what cannot be read is told apart`() throws {
        let directory = try TestDirectory()
        func kind(_ name: String) -> ShardError.Kind? {
            do throws(ShardError) {
                _ = try ShardFile(path: directory.file(name))
                return nil
            } catch {
                return error.kind
            }
        }
        #expect(kind("nothing") == .missing)
        try directory.write([], "empty")
        #expect(kind("empty") == .damaged)
        try directory.write(Array(repeating: 7, count: 1000), "noise")
        #expect(kind("noise") == .damaged)
        try FileManager.default.createDirectory(atPath: directory.file("folder"), withIntermediateDirectories: false)
        #expect(kind("folder") == .damaged)
    }
}
