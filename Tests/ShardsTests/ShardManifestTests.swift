import Foundation
import JSONText
import Memory
import Shards
import Testing
import Workers

struct `Manifests` {
    private let columns = [ShardColumn("x", .float32, rowShape: [3]), ShardColumn("y", .uint8)]

    private func schema() throws -> ShardSchema { try ShardSchema(columns, isShuffled: [true, false], blockRows: 4) }

    private func failure(_ text: [UInt8]) -> String {
        do throws(ShardError) {
            _ = try ShardManifest(text: text, path: "manifest.json")
            return "none"
        } catch {
            return error.description
        }
    }

    /// A manifest with a part of its text replaced and its checksum put right: what another writer could have written.
    private func edited(_ text: [UInt8], _ old: String, _ new: String) -> [UInt8] {
        let string = String(decoding: text, as: UTF8.self)
        let body = string.replacingOccurrences(of: old, with: new).dropLast(
            "\"checksum\":\"0123456789abcdef\"\n}\n".count)
        #expect(string.contains(old))
        return Array((body + "\"checksum\":\"\(ShardManifest.checksum(of: Array(body.utf8)))\"\n}\n").utf8)
    }

    @Test func `everything comes back`() throws {
        var manifest = ShardManifest(
            schema: try schema(), shards: [], statistics: columns.map { ShardColumnStatistics($0) },
            classNames: .init(column: "y", names: ["cat", "d\"og\n", "été"]),
            shuffle: .init(policy: "permutation", seed: .max, chi2PerDegree: 1.0625),
            augmentation: .init(specification: ["flip=horizontal", "shift=0.1"], passes: 3, seed: 9),
            source: "a/b \\ \u{1}")
        #expect(try ShardManifest(text: manifest.text, path: "m") == manifest)
        manifest.shuffle = .init(
            policy: "permutation", seed: 3, unmeasured: "there are no \"classes\"",
            order: .init(chi2PerDegree: 0.984375, ranges: 128, batchRows: 256))
        #expect(try ShardManifest(text: manifest.text, path: "m") == manifest)
        #expect(failure(edited(manifest.text, "\"ranges\":128", "\"ranges\":1")).contains("shuffle.order.ranges"))
        #expect(failure(edited(manifest.text, "\"batch_rows\"", "\"batches\"")).contains("shuffle.order.batch_rows"))
        let identity = manifest.identity
        manifest.source = "elsewhere"
        #expect(manifest.identity == identity)
        manifest.shards = [ShardEntry(file: "a", rowCount: 1, byteCount: 99, hash: 1, indexHash: 2)]
        #expect(manifest.identity != identity)
    }

    @Test func `ten thousand shards`() throws {
        var statistics = columns.map { ShardColumnStatistics($0) }
        let rows = TestShards.rows(columns, 4)
        let block = EncodedBlock()
        try BlockEncoder(schema(), level: 1).encode(0..<4, of: rows, into: block)
        let shards = (0..<10_000).map { number in
            for column in columns.indices { statistics[column].merge(block.statistics[column]) }
            return ShardEntry(
                file: ShardFormat.fileName(shard: number), rowCount: 4, byteCount: 500, hash: UInt64(number) << 40,
                indexHash: .max - UInt64(number))
        }
        let manifest = ShardManifest(schema: try schema(), shards: shards, statistics: statistics)
        let text = manifest.text
        #expect(try ShardManifest(text: text, path: "m") == manifest)
        #expect(text.count { $0 == 10 } > 10_000)
    }

    @Test func `what makes no sense is named`() throws {
        let directory = try TestDirectory()
        let text = try TestShards.writeDataset(
            TestShards.rows(columns, 10), schema(), shardRows: 5, in: directory
        ).text
        #expect(failure(text) == "none")
        #expect(failure(edited(text, "\"version\":1", "\"version\":2")).contains("version 2 of the format is newer"))
        #expect(failure(edited(text, "shard-00001.zst", "../a")).contains("the name of a file in the same directory"))
        #expect(failure(edited(text, "shard-00001.zst", "shard-00000.zst")).contains("files with different names"))
        #expect(failure(edited(text, "\"rows\":5", "\"rows\":6")).contains("expected"))
        #expect(failure(edited(text, "\"rows\":5", "\"rows\":1e300")).contains("expected a whole number"))
        #expect(failure(edited(text, "\"float32\"", "\"float33\"")).contains("expected a type of version 1"))
        #expect(failure(edited(text, "[3]", "[3,0]")).contains("extents above 0"))
        #expect(failure(edited(text, "[3]", "[4611686018427387904,4611686018427387904]")).contains("take more than"))
        #expect(failure(edited(text, "\"name\":\"y\"", "\"name\":\"x\"")).contains("two columns have this name"))
        #expect(failure(edited(text, "\"block_rows\":4", "\"block_rows\":5")).contains("identity"))
        #expect(failure(edited(text, "\"rows\":", "\"rowz\":")).contains("found nothing"))
        #expect(failure(edited(text, "{", "[")).contains("not valid JSON"))
        #expect(failure(Array(text.dropLast())).contains("ends with its checksum"))
        #expect(
            failure(Array(String(decoding: text, as: UTF8.self).replacing("test", with: "tesT").utf8)).contains(
                "edited"))
    }

    @Test func `a shard of another dataset is refused`() throws {
        let (one, other) = (try TestDirectory(), try TestDirectory())
        let rows = TestShards.rows(columns, 10)
        try TestShards.writeDataset(rows, schema(), shardRows: 5, in: one)
        try TestShards.writeDataset(TestShards.rows(columns, 10, seed: 2), schema(), shardRows: 5, in: other)
        try one.write(other.bytes("shard-00001.zst"), "shard-00001.zst")
        let dataset = try ShardDataset(path: one.path)
        _ = try dataset.file(0)
        #expect(throws: ShardError.self) { _ = try dataset.file(1) }
        // The other way round: two shards of one dataset that changed places.
        let (a, b) = (try other.bytes("shard-00000.zst"), try other.bytes("shard-00001.zst"))
        try other.write(a, "shard-00001.zst")
        try other.write(b, "shard-00000.zst")
        let verification = try ShardVerification(path: other.path)
        let decoder = BlockDecoder()
        let problems = verification.problems((0..<2).map { verification.verify(shard: $0, decoder: decoder) })
        #expect(Set(problems.map(\.path)) == [other.file("shard-00000.zst"), other.file("shard-00001.zst")])
    }

    @Test func `missing and extra files are named, and wrong statistics`() throws {
        let directory = try TestDirectory()
        let manifest = try TestShards.writeDataset(TestShards.rows(columns, 10), schema(), shardRows: 5, in: directory)
        func problems() throws -> [String] {
            let verification = try ShardVerification(path: directory.path)
            let decoder = BlockDecoder()
            return verification.problems((0..<2).map { verification.verify(shard: $0, decoder: decoder) })
                .map(\.description)
        }
        #expect(try problems().isEmpty)
        try directory.write([1], "shard-00007.zst")
        try directory.write([1], ".shard-00001.zst.AbCdEf")
        #expect(try problems().count == 2)
        var wrong = manifest
        wrong.statistics[0].numbers?.mean += 0.01
        try wrong.write(directory: directory.path)
        #expect(try problems().last?.contains("column \"x\": statistics: the rows have mean") == true)
        try FileManager.default.removeItem(atPath: directory.file("shard-00001.zst"))
        #expect(try problems().first?.contains("no such file") == true)
        #expect(throws: ShardError.self) { _ = try ShardDataset(path: directory.path) }
    }

    @Test func `many threads read one dataset`() throws {
        let directory = try TestDirectory()
        let rows = TestShards.rows(columns, 400)
        try TestShards.writeDataset(rows, schema(), shardRows: 20, in: directory)
        let dataset = try ShardDataset(path: directory.path, openFiles: 4)
        let expected = rows.contents
        let wrong = Monitor(0)
        DispatchQueue.concurrentPerform(iterations: 8) { thread in
            var random = TestRandom(state: UInt64(thread))
            let decoder = BlockDecoder()
            let block = RowChunk(dataset.schema.columns)
            for _ in 0..<300 {
                let row = Int.random(in: 0..<400, using: &random)
                let place = dataset.place(ofRow: row)
                block.removeAll()
                let found: [[UInt8]]?
                do {
                    try decoder.load(dataset.file(place.shard), block: place.block)
                    try decoder.append(to: block)
                    found = block.contents[place.row]
                } catch {
                    found = nil
                }
                if found != expected[row] { wrong.update { $0 += 1 } }
            }
        }
        #expect(wrong.update { $0 } == 0)
        #expect(dataset.openCount <= 4)
    }
}
