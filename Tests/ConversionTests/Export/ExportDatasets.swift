import Conversion
import DataSource
import Foundation
import Memory
import Shards

/// Datasets of shards to export, and what an export holds.
enum ExportDatasets {
    /// A column of every type, of fixed and of ragged shape, and all kinds of bytes.
    static var everyColumn: [ShardColumn] {
        var columns: [ShardColumn] = []
        for type in ScalarType.allCases {
            columns.append(ShardColumn("fixed-\(type)", type, rowShape: [2, 3]))
            columns.append(ShardColumn("group/one-\(type)", type))
            columns.append(ShardColumn(ragged: "ragged-\(type)", type))
        }
        return columns + [
            ShardColumn(ragged: "pairs", .int16, elementShape: [2]), ShardColumn(bytes: "bytes"),
            ShardColumn(bytes: "file", encoding: .image), ShardColumn(bytes: "naïve \"text\"", encoding: .text),
        ]
    }

    /// Rows that differ, whose text has no zero bytes; ragged rows are of 0 to `longest` items.
    static func rows(_ columns: [ShardColumn], _ count: Int, longest: Int = 6) -> RowChunk {
        var state: UInt64 = 1
        func random() -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return state >> 33
        }
        let rows = RowChunk(columns)
        for row in 0..<count {
            for (index, column) in columns.enumerated() {
                let items = column.isRagged ? Int(random()) % (longest + 1) : 1
                for place in rows.extend(column: index, by: items * column.itemBytes).enumerated() {
                    let value = UInt8(truncatingIfNeeded: row / 7 + place.offset &* Int(random() % 3))
                    let byte = column.type == .bool ? value % 2 : column.encoding == .text ? value % 64 + 48 : value
                    rows.values[index].bytes.mutableBytes[
                        rows.values[index].bytes.count - items * column.itemBytes + place.offset] = byte
                }
            }
            rows.endRow()
        }
        return rows
    }

    /// Writes rows as a dataset of shards of so many rows.
    static func write(
        _ rows: RowChunk, blockRows: Int, shardRows: Int, to directory: String,
        classNames: ShardManifest.ClassNames? = nil
    ) throws {
        try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
        let shuffled = rows.columns.enumerated().map { $0.offset % 4 < 2 && ShardSchema.canShuffle($0.element) }
        let schema = try ShardSchema(rows.columns, isShuffled: shuffled, blockRows: blockRows)
        let encoder = BlockEncoder(schema, level: 1)
        let block = EncodedBlock()
        var statistics = rows.columns.map { ShardColumnStatistics($0) }
        var shards: [ShardEntry] = []
        for first in stride(from: 0, to: rows.rowCount, by: shardRows) {
            let end = min(first + shardRows, rows.rowCount)
            let writer = try ShardFileWriter(
                path: "\(directory)/\(ShardFormat.fileName(shard: shards.count))", schema: schema, shard: shards.count)
            for start in stride(from: first, to: end, by: blockRows) {
                try encoder.encode(start..<min(start + blockRows, end), of: rows, into: block)
                for column in statistics.indices { statistics[column].merge(block.statistics[column]) }
                try writer.append(block)
            }
            shards.append(try writer.finish())
        }
        try ShardManifest(
            schema: schema, shards: shards, statistics: statistics, classNames: classNames, source: "made up"
        ).write(directory: directory)
    }

    /// All rows of an HDF5 file, and its columns, by name.
    static func read(_ path: String) throws -> [String: (column: ShardColumn, rows: [[UInt8]])] {
        let input = try HDF5Input(paths: [path])
        let rows = RowChunk(input.columns)
        let cutter = input.makeCutter(at: nil)
        var rejected: [RejectedRow] = []
        while let piece = try cutter.next() { try input.read(piece, into: rows, rejected: &rejected) }
        precondition(rejected.isEmpty, "\(rejected)")
        var found: [String: (column: ShardColumn, rows: [[UInt8]])] = [:]
        for (index, column) in rows.columns.enumerated() {
            found[column.name] = (column, (0..<rows.rowCount).map { Array(rows[$0, index]) })
        }
        return found
    }
}

extension RowChunk {
    /// The values of rows of a column.
    func values(_ rows: Range<Int>, column: Int) -> [[UInt8]] { rows.map { Array(self[$0, column]) } }
}
