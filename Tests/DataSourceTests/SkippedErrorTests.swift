import DataSource
import Foundation
import Glibc
import Memory
import Testing

/// Under `BadBlockPolicy.skip`, damaged blocks are left out and nothing else is.
@Suite struct SkippedErrorTests {
    private struct Broken: Error {}

    private func options(_ policy: ShufflePolicy = .window) -> BatchOptions {
        var options = BatchOptions()
        options.batchSize = 16
        options.shuffle = policy
        options.windowBytes = 4 * 128
        options.decodeWorkers = 2
        options.onBadBlock = .skip
        return options
    }

    /// Drains a stream that skips, and returns the error that ended it.
    private func failure(_ source: some Source, _ policy: ShufflePolicy = .window) -> DataError? {
        do throws(DataError) {
            let stream = try BatchStream(source, options: options(policy))
            while let batch = try stream.next() { _ = batch.rowCount }
            return nil
        } catch {
            return error
        }
    }

    @Test(arguments: ShufflePolicy.allCases) func `a source's own error says whether its block may be skipped`(
        policy: ShufflePolicy
    ) {
        let errors = [
            DataError(kind: .readFailed, "reading 7 bytes failed: Input/output error, tried 4 times"),
            DataError(kind: .fileUnavailable, "no such file"), DataError(isDamage: false, "the file changed"),
        ]
        for error in errors {
            let found = failure(FailingSource(base: numbered(200, rowsPerBlock: 7), badBlock: 9, error: error), policy)
            #expect(found?.message == error.message && found?.kind == error.kind && found?.block == 9)
        }
        #expect(failure(FailingSource(base: numbered(200, rowsPerBlock: 7), badBlock: 9), policy) == nil)
    }

    @Test(arguments: ShufflePolicy.allCases) func `a file of HDF5 that changed is no bad block`(
        policy: ShufflePolicy
    ) throws {
        let output = TemporaryPath("skip-changed-\(policy).h5")
        try writeNumberedFile(output.path, rowCount: 320, chunkRows: 32, labelChunkRows: 320)
        let source = try HDF5Source(output.path)
        let time = [timespec(tv_sec: 1000, tv_nsec: 0), timespec(tv_sec: 1000, tv_nsec: 0)]
        #expect(utimensat(AT_FDCWD, output.path, time, 0) == 0)
        let found = failure(source, policy)
        #expect(found?.file == output.path && found?.message.contains("changed while it was in use") == true)
        #expect(found?.isDamage == false)
    }

    @Test(arguments: ShufflePolicy.allCases) func `a shard that changed or vanished is no bad block`(
        policy: ShufflePolicy
    ) throws {
        let shards = try TestShards.numbered([70, 70], blockRows: 7)
        let source = try ShardSource(shards.path)
        #expect(failure(source, policy) == nil)
        shrink(shards.shard(0), to: 300)
        let changed = failure(source, policy)
        #expect(changed?.file == shards.shard(0) && changed?.message.contains("changed while it was in use") == true)
        let other = try TestShards.numbered([70, 70], blockRows: 7)
        let fresh = try ShardSource(other.path)
        try FileManager.default.removeItem(atPath: other.shard(1))
        let gone = failure(fresh, policy)
        #expect(gone?.kind == .fileUnavailable && gone?.file == other.shard(1) && gone?.rows != nil)
    }

    @Test func `a stream that ends early or throws is no bad block, and is opened once`() throws {
        for (length, isShort) in [(31, true), (0, true), (45, false)] {
            let opened = Counter()
            let source = GeneratorSource(
                inputs: [ColumnInfo(name: "x", type: .float32, rowShape: [])], rowCount: 1000, rowsPerBlock: 7
            ) { _ in
                opened.add()
                var row = 0
                return {
                    guard row < length else {
                        if isShort { return nil }
                        throw Broken()
                    }
                    row += 1
                    return [ArrayColumn("x", [Float(row)])]
                }
            }
            let found = failure(source)
            // The first block that is needed may be a later one.
            #expect(found?.isDamage == false && found.flatMap(\.block).map { $0 >= length / 7 } == true)
            #expect(found?.message.contains(isShort ? "ended after \(length)" : "at row \(length)") == true)
            #expect(opened.value == 1)
            // Whoever begins anew gets a fresh stream.
            let again = failure(source)
            #expect(again?.message == found?.message && opened.value == 2)
        }
    }
}
