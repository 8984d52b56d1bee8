import DataSource
import Foundation
import Memory
import Shards
import Testing

@Suite struct SeveralDatasetsTests {
    @Test func `several datasets are one, by paths and patterns`() throws {
        let first = try TestShards.numbered([70], blockRows: 7)
        let second = try TestShards.numbered([35, 35], blockRows: 7, first: 70)
        let joined = try ShardSource(paths: [first.path, second.path + "/manifest.json"], ColumnNames())
        #expect(joined.blocks == BlockTable(rowCount: 140, rowsPerBlock: 7))
        #expect(try drain(joined.batches(of: 9, shuffle: .window)).samples.sorted() == Array(0..<140))
        #expect(try drain(joined.batches(of: 9, shuffle: .none)).samples == Array(0..<140))
        #expect(joined.location(ofRow: 110) == RowLocation(file: second.shard(1), row: 5))
        let pattern = String(first.path.dropLast(2)) + "??"
        #expect(try ShardSource(pattern).paths == [first.path])
        let twice = #expect(throws: DataError.self) {
            try ShardSource(paths: [first.path, first.path + "/manifest.json"], ColumnNames())
        }
        #expect(twice?.kind == .usage && twice?.message.contains("every file once") == true)
    }

    @Test func `differences between datasets are named, all of them`() throws {
        let first = try TestShards.numbered([7], blockRows: 7)
        let rows = RowChunk([ShardColumn("x", .float32, rowShape: [3])])
        rows.append([Float(1), 2, 3], column: 0)
        rows.endRow()
        let second = try TestShards(rows, blockRows: 7, shardRows: [1])
        let error = #expect(throws: DataError.self) {
            try ShardSource(paths: [first.path, second.path], x: ["x"], y: ["y"])
        }
        #expect(error?.message.contains("y: expected int64, one number a row; found no such column") == true)
        let shapes = #expect(throws: DataError.self) {
            try ShardSource(paths: [first.path, second.path], x: ["x"], y: [])
        }
        #expect(
            shapes?.message.contains("x: expected float32, rows of shape (2,); found float32, rows of shape (3,)")
                == true)
    }

    @Test func `files and datasets of shards are one where their columns are alike`() throws {
        let rows = RowChunk([ShardColumn("x", .uint8, rowShape: [64]), ShardColumn("y", .int64)])
        for row in 0..<50 {
            rows.append([UInt8](repeating: UInt8(row), count: 64), column: 0)
            rows.append([Int64(row)], column: 1)
            rows.endRow()
        }
        let shards = try TestShards(rows, blockRows: 10, shardRows: [50])
        let file = TemporaryPath("mixed.h5")
        try writeNumberedFile(file.path, rowCount: 30, chunkRows: 10, labelChunkRows: 30)
        for paths in [[shards.path, file.path], [file.path, shards.path]] {
            let source = try DataFiles.open(paths, ColumnNames())
            #expect(source.rowCount == 80)
            var labels: [Int32] = []
            let stream = try source.batches(of: 7)
            while let batch = try stream.next() {
                labels += batch.targets[0].integers
                for row in 0..<batch.rowCount {
                    #expect(batch.inputs[0].floats[row * 64 + 5] == Float(batch.targets[0].integers[row]))
                }
            }
            #expect(labels.sorted() == (Array(0..<30) + Array(0..<50)).sorted())
        }
        let other = try TestShards.numbered([7], blockRows: 7)
        let error = #expect(throws: DataError.self) { try DataFiles.open([file.path, other.path], ColumnNames()) }
        #expect(
            error?.message.contains("expected uint8, rows of shape (64,); found float32, rows of shape (2,)") == true)
        #expect(throws: DataError.self) { try DataFiles.open([file.path, other.path, file.path], ColumnNames()) }
    }
}
