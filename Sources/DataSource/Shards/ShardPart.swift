internal import Shards

/// One dataset of a `ShardSource`: some columns of a manifest's shards.
final class ShardPart: Source {
    let inputs: [ColumnInfo]
    let targets: [ColumnInfo]
    let sampleWeight: ColumnInfo?
    let blocks: BlockTable
    let readerBytes: Int
    let dataset: ShardDataset

    /// What is read at once, and where it goes.
    let runs: [ShardRun]
    let dropsPageCache: Bool

    init(
        _ dataset: ShardDataset, columns: [ShardReading], inputCount: Int, hasSampleWeight: Bool, dropsPageCache: Bool
    ) {
        self.dataset = dataset
        self.dropsPageCache = dropsPageCache
        let infos = columns.map(\.info)
        inputs = Array(infos[..<inputCount])
        targets = Array(infos[inputCount...].dropLast(hasSampleWeight ? 1 : 0))
        sampleWeight = hasSampleWeight ? infos.last : nil
        blocks = Self.blocks(of: dataset)
        runs = ShardRun.runs(of: columns, in: dataset)
        readerBytes = ShardReader.scratchBytes(of: columns, runs: runs, in: dataset)
    }

    /// The identity that the manifest was given when the shards were written: no data are read.
    var fingerprint: String? {
        get throws(DataError) { "\(dataset.rowCount) rows, shards \(ShardSummary.identity(of: dataset))" }
    }

    func makeReader() -> any BlockReader { ShardReader(self) }

    func location(ofRow row: Int) -> RowLocation {
        let shard = dataset.place(ofRow: row).shard
        return RowLocation(
            file: dataset.path(ofShard: shard), row: row - dataset.rows(ofShard: shard).lowerBound)
    }

    // Without a table where all shards but the last are cut into whole blocks, as converters make them.
    private static func blocks(of dataset: ShardDataset) -> BlockTable {
        let blockRows = dataset.schema.blockRows
        guard !dataset.manifest.shards.dropLast().allSatisfy({ $0.rowCount.isMultiple(of: blockRows) }) else {
            return BlockTable(rowCount: dataset.rowCount, rowsPerBlock: blockRows)
        }
        var bounds = [0]
        bounds.reserveCapacity(dataset.blockCount + 1)
        for shard in 0..<dataset.shardCount {
            let rows = dataset.rows(ofShard: shard)
            for first in stride(from: rows.lowerBound, to: rows.upperBound, by: blockRows) {
                bounds.append(min(first + blockRows, rows.upperBound))
            }
        }
        return BlockTable(bounds: bounds)
    }
}
