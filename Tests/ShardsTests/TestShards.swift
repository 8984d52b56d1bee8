import Foundation
import Memory
import Shards

/// A directory of its own below the temporary one, gone with the value that holds it.
final class TestDirectory {
    let path: String

    init() throws {
        path = FileManager.default.temporaryDirectory.appendingPathComponent("shards-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    func file(_ name: String) -> String { path + "/" + name }
    func bytes(_ name: String) throws -> [UInt8] { Array(try Data(contentsOf: URL(fileURLWithPath: file(name)))) }
    func write(_ bytes: [UInt8], _ name: String) throws { try Data(bytes).write(to: URL(fileURLWithPath: file(name))) }
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: path).sorted() } }
}

/// SplitMix64: the same numbers in every run.
struct TestRandom: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

enum TestShards {
    /// A column of every type, of fixed and of ragged shape, and both kinds of bytes.
    static var everyColumn: [ShardColumn] {
        var columns: [ShardColumn] = []
        for type in ScalarType.allCases {
            columns.append(ShardColumn("fixed \(type)", type, rowShape: [2, 3]))
            columns.append(ShardColumn("one \(type)", type))
            columns.append(ShardColumn(ragged: "ragged \(type)", type))
            columns.append(ShardColumn(ragged: "pairs \(type)", type, elementShape: [2]))
        }
        return columns + [
            ShardColumn(bytes: "file", encoding: .image), ShardColumn(bytes: "naïve \"text\"", encoding: .text),
        ]
    }

    /// Every column that can be is shuffled, in turn.
    static func shuffles(_ columns: [ShardColumn]) -> [Bool] {
        columns.enumerated().map { $0.offset.isMultiple(of: 2) && ShardSchema.canShuffle($0.element) }
    }

    /// Rows of small numbers, with runs that compress; ragged rows are of 0 to `longest` items.
    static func rows(_ columns: [ShardColumn], _ count: Int, seed: UInt64 = 1, longest: Int = 5) -> RowChunk {
        var random = TestRandom(state: seed)
        let rows = RowChunk(columns)
        for _ in 0..<count {
            for (index, column) in columns.enumerated() {
                let items = column.isRagged ? Int.random(in: 0...longest, using: &random) : 1
                let bytes = (0..<items * column.itemBytes).map { place in
                    let value = UInt8.random(in: 0...9, using: &random)
                    return column.type == .bool ? value & 1 : place % column.type.byteCount == 0 ? value : 0
                }
                bytes.withUnsafeBytes { rows.append($0, column: index) }
            }
            rows.endRow()
        }
        return rows
    }

    /// Writes rows as one shard and returns its entry and the statistics of its columns.
    @discardableResult
    static func writeShard(
        _ rows: RowChunk, _ range: Range<Int>, _ schema: ShardSchema, _ number: Int, in directory: TestDirectory,
        level: Int = 3, statistics: inout [ShardColumnStatistics]
    ) throws -> ShardEntry {
        let writer = try ShardFileWriter(
            path: directory.file(ShardFormat.fileName(shard: number)), schema: schema, shard: number)
        let encoder = BlockEncoder(schema, level: level)
        let block = EncodedBlock()
        for first in stride(from: range.lowerBound, to: range.upperBound, by: schema.blockRows) {
            try encoder.encode(first..<min(first + schema.blockRows, range.upperBound), of: rows, into: block)
            for column in schema.columns.indices { statistics[column].merge(block.statistics[column]) }
            try writer.append(block)
        }
        return try writer.finish()
    }

    /// Writes rows as a dataset of shards of so many rows.
    @discardableResult
    static func writeDataset(
        _ rows: RowChunk, _ schema: ShardSchema, shardRows: Int, in directory: TestDirectory, source: String = "test"
    ) throws -> ShardManifest {
        var statistics = schema.columns.map { ShardColumnStatistics($0) }
        var entries: [ShardEntry] = []
        for first in stride(from: 0, to: rows.rowCount, by: shardRows) {
            entries.append(
                try writeShard(
                    rows, first..<min(first + shardRows, rows.rowCount), schema, entries.count, in: directory,
                    statistics: &statistics))
        }
        let manifest = ShardManifest(schema: schema, shards: entries, statistics: statistics, source: source)
        try manifest.write(directory: directory.path)
        return manifest
    }

    /// All rows of a shard.
    static func readAll(_ file: ShardFile) throws -> RowChunk {
        let rows = RowChunk(file.schema.columns)
        let decoder = BlockDecoder()
        for block in 0..<file.blockCount {
            try decoder.load(file, block: block)
            try decoder.append(to: rows)
        }
        return rows
    }

    /// All rows of a dataset.
    static func readAll(_ dataset: ShardDataset) throws -> RowChunk {
        let rows = RowChunk(dataset.schema.columns)
        let decoder = BlockDecoder()
        for shard in 0..<dataset.shardCount {
            let file = try dataset.file(shard)
            for block in 0..<file.blockCount {
                try decoder.load(file, block: block)
                try decoder.append(to: rows)
            }
        }
        return rows
    }
}

extension RowChunk {
    /// The values of all rows, for comparison.
    var contents: [[[UInt8]]] {
        (0..<rowCount).map { row in columns.indices.map { Array(self[row, $0]) } }
    }
}
