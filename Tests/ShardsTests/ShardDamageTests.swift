import Foundation
import Memory
import Shards
import Synchronization
import Testing

/// Every byte of a small dataset is changed: each change must be a named error for whoever reads it, and for `verify`.
struct `Damaged shards` {
    private static let columns = [
        ShardColumn("x", .float32, rowShape: [2]), ShardColumn("y", .uint8), ShardColumn(ragged: "r", .int16),
        ShardColumn(bytes: "b"),
    ]

    private let directory: TestDirectory
    private let rows: RowChunk
    private let entry: ShardEntry
    private let manifest: [UInt8]
    private let shard: [UInt8]

    init() throws {
        directory = try TestDirectory()
        rows = TestShards.rows(Self.columns, 10)
        let schema = try ShardSchema(Self.columns, isShuffled: [true, false, true, false], blockRows: 4)
        entry = try TestShards.writeDataset(rows, schema, shardRows: 10, in: directory).shards[0]
        shard = try directory.bytes(entry.file)
        manifest = try directory.bytes("manifest.json")
    }

    /// Reads a shard by itself: its rows, or the error.
    private func readAlone() -> Result<[[[UInt8]]], ShardError> {
        do {
            return .success(try TestShards.readAll(ShardFile(path: directory.file(entry.file))).contents)
        } catch let error as ShardError {
            return .failure(error)
        } catch {
            Issue.record("not a ShardError: \(error)")
            return .success([])
        }
    }

    private func readDataset() -> ShardError? {
        do {
            let dataset = try ShardDataset(path: directory.path)
            #expect(try TestShards.readAll(dataset).contents == rows.contents)
            return nil
        } catch {
            return error as? ShardError
        }
    }

    private func verify() -> [ShardError] {
        do throws(ShardError) {
            let verification = try ShardVerification(path: directory.path)
            let decoder = BlockDecoder()
            return verification.problems(
                (0..<verification.shardCount).map { verification.verify(shard: $0, decoder: decoder) })
        } catch {
            return [error]
        }
    }

    @Test func `a whole dataset has no problems`() {
        #expect(verify() == [])
        #expect(readDataset() == nil)
    }

    @Test func `a flipped bit at any place of a shard is found`() throws {
        for place in shard.indices {
            var damaged = shard
            damaged[place] ^= 1 << UInt8(place % 8)
            try directory.write(damaged, entry.file)
            #expect(!verify().isEmpty, "verify found nothing at \(place)")
            // A frame's checksum and the table's are compared, so that no place is silent without the manifest either.
            guard case .failure(let error) = readAlone() else {
                Issue.record("a flipped bit at \(place) of \(shard.count) was read")
                continue
            }
            #expect(error.path == directory.file(entry.file))
            #expect(readDataset()?.path == directory.file(entry.file))
        }
    }

    @Test func `a byte of any value at any place of a shard is found`() throws {
        var random = TestRandom(state: 5)
        for place in shard.indices {
            var damaged = shard
            damaged[place] = damaged[place] &+ UInt8.random(in: 1...255, using: &random)
            try directory.write(damaged, entry.file)
            guard case .failure = readAlone() else {
                Issue.record("a changed byte at \(place) of \(shard.count) was read")
                continue
            }
        }
    }

    // A few bits of zstd's own headers say nothing: a flip there changes no row, and only the file's hash notices.
    @Test func `no flipped bit changes a row silently`() throws {
        for place in shard.indices {
            for bit in 0..<8 {
                var damaged = shard
                damaged[place] ^= 1 << UInt8(bit)
                try directory.write(damaged, entry.file)
                if case .success(let found) = readAlone() {
                    #expect(found == rows.contents, "bit \(bit) at \(place)")
                    #expect(!verify().isEmpty)
                }
            }
        }
    }

    @Test func `reserved bits of a compressed block are named with block, column and rows`() throws {
        let columns = [ShardColumn("n", .uint8, rowShape: [64])]
        let rows = RowChunk(columns)
        for row in 0..<32 {
            let values = (0..<64).map { UInt8(($0 * $0 + row * row) % 23) }
            values.withUnsafeBytes { rows.append($0, column: 0) }
            rows.endRow()
        }
        let schema = try ShardSchema(columns, isShuffled: [false], blockRows: 16)
        let entry = try TestShards.writeDataset(rows, schema, shardRows: 32, in: directory).shards[0]
        let shard = try directory.bytes(entry.file)
        let file = try ShardFile(path: directory.file(entry.file))
        var found = 0
        let start = shard.count - (8 + 12 * 3 + 9) - Int(file.frame(block: 1, column: 0).storedBytes)
        for place in start..<(start + Int(file.frame(block: 1, column: 0).storedBytes)) {
            for bit in 0..<8 {
                var damaged = shard
                damaged[place] ^= 1 << UInt8(bit)
                try directory.write(damaged, entry.file)
                let damage = verify()
                #expect(!damage.isEmpty, "bit \(bit) at \(place)")
                let named = damage.filter { $0.block == 1 && $0.column == "n" && $0.rows == 16..<32 }
                found += named.count { $0.message.contains("bits of a block that must be 0") }
            }
        }
        #expect(found == 2)
    }

    @Test func `a flipped bit at any place of the manifest is found`() throws {
        for place in manifest.indices {
            var damaged = manifest
            damaged[place] ^= 1 << UInt8(place % 8)
            try directory.write(damaged, "manifest.json")
            let problems = verify()
            #expect(problems.count == 1)
            #expect(problems.first?.path == directory.file("manifest.json"))
        }
    }

    @Test func `a file cut at any place is found`() throws {
        for length in Set(stride(from: 0, to: shard.count, by: 64)).union([1, 7, 16, shard.count - 1]) {
            try directory.write(Array(shard[..<length]), entry.file)
            #expect(readDataset()?.kind == .inconsistent)
            guard case .failure = readAlone() else {
                Issue.record("a shard cut at \(length) was read")
                continue
            }
            #expect(!verify().isEmpty)
        }
        try directory.write(shard, entry.file)
        for length in stride(from: 0, to: manifest.count, by: 64) {
            try directory.write(Array(manifest[..<length]), "manifest.json")
            #expect(readDataset()?.kind == .damaged)
        }
    }

    @Test func `noise in many places never crashes`() throws {
        var random = TestRandom(state: 9)
        for _ in 0..<2000 {
            var damaged = shard
            for _ in 0..<Int.random(in: 1...20, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            guard damaged != shard else { continue }
            try directory.write(damaged, entry.file)
            guard case .failure = readAlone() else {
                Issue.record("noise was read")
                continue
            }
        }
    }

    @Test func `all bad blocks are named, not only the first`() throws {
        let file = try ShardFile(path: directory.file(entry.file))
        var damaged = shard
        // The last byte of a frame belongs to its checksum.
        var offset = shard.count - (8 + 12 * 13 + 9)
        for block in (0..<3).reversed() {
            for column in (0..<4).reversed() {
                if (block, column) == (0, 1) || (block, column) == (2, 3) { damaged[offset - 1] ^= 0xff }
                offset -= Int(file.frame(block: block, column: column).storedBytes)
            }
        }
        try directory.write(damaged, entry.file)
        let problems = verify()
        #expect(problems.map(\.block) == [nil, 0, 2])
        #expect(problems.map(\.column) == [nil, "y", "b"])
        #expect(problems.map(\.rows) == [nil, 0..<4, 8..<10])
    }

    @Test func `a file that shrinks while it is open is an error`() throws {
        let file = try ShardFile(path: directory.file(entry.file))
        let handle = try FileHandle(forWritingTo: URL(fileURLWithPath: directory.file(entry.file)))
        try handle.truncate(atOffset: UInt64(shard.count / 2))
        #expect(throws: ShardError.self) { _ = try TestShards.readAll(file) }
    }

    @Test func `interrupted and short reads go on, a broken disk is an error`() throws {
        let path = directory.file(entry.file)
        let calls = Atomic<Int>(0)
        let interrupted = ReadCall { descriptor, memory, count, offset in
            let call = calls.add(1, ordering: .relaxed).newValue
            return call.isMultiple(of: 2) ? ReadCall.system.read(descriptor, memory, count, offset) : -Int(EINTR)
        }
        #expect(try TestShards.readAll(ShardFile(path: path, call: interrupted)).contents == rows.contents)
        let short = ReadCall { ReadCall.system.read($0, $1, max(1, $2 / 2), $3) }
        #expect(try TestShards.readAll(ShardFile(path: path, call: short)).contents == rows.contents)
        let broken = ReadCall { _, _, _, _ in -Int(ENXIO) }
        do throws(ShardError) {
            _ = try ShardFile(path: path, call: broken)
            Issue.record("a broken disk was read")
        } catch {
            #expect(error.kind == .readFailed)
        }
    }
}
