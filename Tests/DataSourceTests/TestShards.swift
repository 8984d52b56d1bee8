import DataSource
import Foundation
import Memory
import Shards

/// A dataset of shards in a directory of its own, removed with its owner.
final class TestShards {
    let path = FileManager.default.temporaryDirectory.appending(path: "millrace-shards-\(UUID().uuidString)").path
    private(set) var manifest: ShardManifest

    /// Writes rows, cut into shards of so many.
    init(_ rows: RowChunk, blockRows: Int, shardRows: [Int], isShuffled: [Bool]? = nil) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let schema = try ShardSchema(rows.columns, isShuffled: isShuffled, blockRows: blockRows)
        let encoder = BlockEncoder(schema, level: 3)
        let block = EncodedBlock()
        manifest = ShardManifest(
            schema: schema, shards: [], statistics: schema.columns.map { ShardColumnStatistics($0) })
        var first = 0
        for (number, count) in shardRows.enumerated() {
            let writer = try ShardFileWriter(path: shard(number), schema: schema, shard: number)
            for start in stride(from: first, to: first + count, by: blockRows) {
                try encoder.encode(start..<min(start + blockRows, first + count), of: rows, into: block)
                for column in schema.columns.indices { manifest.statistics[column].merge(block.statistics[column]) }
                try writer.append(block)
            }
            manifest.shards.append(try writer.finish())
            first += count
        }
        precondition(first == rows.rowCount, "TestShards: \(first) of \(rows.rowCount) rows")
        try manifest.write(directory: path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a shard.
    func shard(_ number: Int) -> String { path + "/" + ShardFormat.fileName(shard: number) }

    /// Changes one byte of a shard.
    func flipByte(ofShard number: Int, at offset: Int) throws {
        let size = try Data(contentsOf: URL(fileURLWithPath: shard(number))).count
        try DataSourceTests.flipByte(of: shard(number), fromEnd: size - offset)
    }
}

extension RowChunk {
    /// Adds the bytes of a value to the row that is being built.
    func append<Value: BitwiseCopyable>(_ values: [Value], column: Int) {
        values.withUnsafeBytes { append($0, column: column) }
    }

    /// The rows of `numbered`, with columns in between that nobody asks for.
    static func numbered(_ rows: Range<Int>) -> RowChunk {
        let chunk = RowChunk([
            ShardColumn("x", .float32, rowShape: [2]), ShardColumn("between", .uint8, rowShape: [3]),
            ShardColumn("y", .int64), ShardColumn(bytes: "behind"),
        ])
        for row in rows {
            chunk.append([Float(row), Float(-row)], column: 0)
            chunk.append([UInt8(1), 2, 3], column: 1)
            chunk.append([Int64(row % 10)], column: 2)
            chunk.append([UInt8](repeating: 7, count: row % 5), column: 3)
            chunk.endRow()
        }
        return chunk
    }
}

extension TestShards {
    /// Rows of `numbered`, from `first` on.
    static func numbered(_ shardRows: [Int], blockRows: Int, first: Int = 0) throws -> TestShards {
        try TestShards(
            .numbered(first..<first + shardRows.reduce(0, +)), blockRows: blockRows, shardRows: shardRows,
            isShuffled: [true, false, true, false])
    }
}
