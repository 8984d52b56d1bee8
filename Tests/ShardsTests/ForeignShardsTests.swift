import Foundation
import Memory
import Shards
import Testing

/// Shards of another writer, and the public tools on ours.
struct `Shards and other programs` {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
    private static let directory = root.appendingPathComponent("fixtures/shards/python").path

    /// The value of a row by the rule of Tools/fixtures/make_shards.py.
    private func value(_ column: ShardColumn, _ number: Int, _ row: Int) -> [UInt8] {
        let items = column.isRagged ? (5 * row + number) % 4 : 1
        let bytes = (0..<items * column.itemBytes).map { UInt8((31 * row + 7 * $0 + 13 * number) % 251) }
        return column.type == .bool ? bytes.map { $0 & 1 } : bytes
    }

    @Test func `a dataset written from the specification is read`() throws {
        let dataset = try ShardDataset(path: Self.directory)
        #expect(dataset.rowCount == 23)
        #expect(dataset.schema.columns.count == 27)
        let rows = try TestShards.readAll(dataset)
        for (number, column) in dataset.schema.columns.enumerated() {
            for row in 0..<23 {
                #expect(Array(rows[row, number]) == value(column, number, row), "\(column.name), row \(row)")
            }
        }
    }

    @Test func `the example of the specification is a shard`() throws {
        let article = Self.root.appendingPathComponent("Sources/Millrace/Documentation.docc/TheShardFormat.md")
        var bytes: [UInt8] = []
        for line in try String(contentsOf: article, encoding: .utf8).split(separator: "\n") {
            let parts = line.split(separator: "  ", maxSplits: 1)
            guard parts.count == 2, let offset = Int(parts[0], radix: 16), parts[0].count == 4 else { continue }
            #expect(offset == bytes.count)
            bytes += parts[1].split(separator: " ").compactMap { UInt8($0, radix: 16) }
        }
        let directory = try TestDirectory()
        try directory.write(bytes, "shard-00000.zst")
        let rows = try TestShards.readAll(ShardFile(path: directory.file("shard-00000.zst")))
        #expect(rows.columns == [ShardColumn("x", .uint16, rowShape: [2]), ShardColumn(bytes: "t", encoding: .text)])
        #expect(
            rows.contents == [
                [[1, 0, 2, 0], [0x61]], [[3, 0, 4, 0], []], [[5, 0, 0x58, 2], [0x78, 0x79, 0x7a]],
            ])
    }

    @Test func `its statistics, hashes and sizes are those that its writer computed`() throws {
        let verification = try ShardVerification(path: Self.directory)
        let decoder = BlockDecoder()
        let reports = (0..<verification.shardCount).map { verification.verify(shard: $0, decoder: decoder) }
        #expect(verification.problems(reports) == [])
        #expect(reports.allSatisfy { $0.statistics != nil })
    }

    /// Runs the zstd program (Tools/install-dependencies installs it) and returns its status and what it wrote.
    private func zstd(_ arguments: [String]) throws -> (status: Int32, output: [UInt8]) {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = ["zstd"] + arguments
        let pipe = Pipe()
        process.standardOutput = pipe
        process.standardError = FileHandle.nullDevice
        try process.run()
        let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
        process.waitUntilExit()
        return (process.terminationStatus, Array(output))
    }

    @Test func `the zstd program tests and decompresses a shard`() throws {
        let directory = try TestDirectory()
        let columns = [ShardColumn("x", .float32, rowShape: [5]), ShardColumn("y", .uint8)]
        let rows = TestShards.rows(columns, 20)
        let schema = try ShardSchema(columns, blockRows: 8)
        let entry = try TestShards.writeDataset(rows, schema, shardRows: 20, in: directory).shards[0]
        let path = directory.file(entry.file)
        #expect(try zstd(["-q", "-t", path]).status == 0)
        // Blocks one after the other, in each the columns: what the cumulative sizes of the seek table say.
        var expected: [UInt8] = []
        for first in stride(from: 0, to: 20, by: 8) {
            for column in columns.indices {
                for row in first..<min(first + 8, 20) { expected += Array(rows[row, column]) }
            }
        }
        let found = try zstd(["-q", "-d", "-c", path])
        #expect(found.status == 0)
        #expect(found.output == expected)
        var damaged = try directory.bytes(entry.file)
        damaged[damaged.count - 9 - 12 * 7 - 8 - 1] ^= 1
        try directory.write(damaged, entry.file)
        #expect(try zstd(["-q", "-t", path]).status != 0)
    }
}
