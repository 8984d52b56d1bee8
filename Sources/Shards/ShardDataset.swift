import Glibc

/// A dataset of shards: its manifest, and its shards, opened when they are first read. Any number of threads at once.
///
/// Opening reads the manifest and the names in its directory, and opens no shard: 10,000 shards take some tens of
/// milliseconds. Of a shard that changed since, its first use tells.
package final class ShardDataset: Sendable {
    /// The manifest's path, for messages.
    package let manifestPath: String
    package let manifest: ShardManifest

    /// `manifest.identity`, which takes time for many shards.
    package let identity: UInt64

    private let directory: String

    /// The first row and the first block of each shard; behind the last, how many there are in all.
    private let firstRows: [Int]
    private let firstBlocks: [Int]
    private let files: OpenShards
    private let firstNumber: Int
    private let call: ReadCall

    package var schema: ShardSchema { manifest.schema }
    package var rowCount: Int { firstRows[shardCount] }
    package var blockCount: Int { firstBlocks[shardCount] }
    package var shardCount: Int { manifest.shards.count }

    /// Opens the dataset in a directory, or that of a manifest.
    ///
    /// - Parameters:
    ///   - openFiles: the most shards that are kept open.
    ///   - indexBytes: the most bytes that the indexes of open shards take, but for the one that was opened last.
    package convenience init(
        path: String, openFiles: Int = 128, indexBytes: Int = 16 << 20, call: ReadCall = .system
    ) throws(ShardError) {
        try self.init(
            path: path, openShards: OpenShards(mostFiles: openFiles, mostBytes: indexBytes), call: call)
    }

    /// The same, with shards kept open together with those of other datasets.
    package init(path: String, openShards: OpenShards, call: ReadCall = .system) throws(ShardError) {
        let place = try ShardDirectory(path: path)
        directory = place.directory
        manifestPath = place.manifestPath
        manifest = try ShardManifest(path: manifestPath, call: call)
        self.call = call
        identity = manifest.identity
        var rows = [0]
        var blocks = [0]
        for (number, shard) in manifest.shards.enumerated() {
            guard place.names.contains(shard.file) else {
                throw ShardError(
                    .missing, path: place.directory + "/" + shard.file,
                    "no such file, and the manifest lists it as shard \(number) of \(manifest.shards.count); copy it "
                        + "again, or convert the data again")
            }
            rows.append(rows[number] + shard.rowCount)
            blocks.append(blocks[number] + (shard.rowCount - 1) / manifest.schema.blockRows + 1)
        }
        firstRows = rows
        firstBlocks = blocks
        files = openShards
        firstNumber = openShards.reserve(manifest.shards.count)
    }

    /// Bytes that the indexes of all shards take when all are open.
    package var indexBytes: Int { ShardIndex.heldBytes(blocks: blockCount, columns: schema.columns.count) }

    /// The path of a shard's file.
    package func path(ofShard shard: Int) -> String { directory + "/" + manifest.shards[shard].file }

    /// The rows of a shard in the whole dataset.
    package func rows(ofShard shard: Int) -> Range<Int> { firstRows[shard]..<firstRows[shard + 1] }

    /// The blocks of a shard, as numbered in the whole dataset.
    package func blocks(ofShard shard: Int) -> Range<Int> { firstBlocks[shard]..<firstBlocks[shard + 1] }

    /// Where a row of the dataset is: its shard, the block in that shard, and the row in that block.
    package func place(ofRow row: Int) -> (shard: Int, block: Int, row: Int) {
        precondition(0..<rowCount ~= row, "ShardDataset: row \(row) of \(rowCount)")
        let shard = Self.last(in: firstRows, notAbove: row)
        let (block, place) = (row - firstRows[shard]).quotientAndRemainder(dividingBy: schema.blockRows)
        return (shard, block, place)
    }

    /// Where a block of the dataset is: its shard and the block in that shard.
    package func place(ofBlock block: Int) -> (shard: Int, block: Int) {
        precondition(0..<blockCount ~= block, "ShardDataset: block \(block) of \(blockCount)")
        let shard = Self.last(in: firstBlocks, notAbove: block)
        return (shard, block - firstBlocks[shard])
    }

    /// The rows of a block, in the whole dataset.
    package func rows(ofBlock block: Int) -> Range<Int> {
        let (shard, place) = place(ofBlock: block)
        let first = firstRows[shard] + place * schema.blockRows
        return first..<min(first + schema.blockRows, firstRows[shard + 1])
    }

    /// An open shard. It stays open for its holder, also when others take its place among those that are kept.
    package func file(_ shard: Int) throws(ShardError) -> ShardFile {
        if let open = files.find(firstNumber + shard) { return open }
        // Opened outside of the lock: a slow disk then stops nobody who reads other shards.
        let opened = try ShardFile(
            path: path(ofShard: shard),
            expecting: ShardFile.Expectation(manifest.shards[shard], schema: schema, shard: shard), call: call)
        return files.keep(opened, as: firstNumber + shard)
    }

    /// Shards that are open now.
    package var openCount: Int { files.count }

    // The last of rising numbers that begin with 0 and end above `value`.
    private static func last(in firsts: [Int], notAbove value: Int) -> Int {
        var low = 0
        var high = firsts.count - 1
        while high - low > 1 {
            let middle = (low + high) / 2
            if firsts[middle] <= value { low = middle } else { high = middle }
        }
        return low
    }
}
