import Shards

/// A column of shards as a source reads it.
struct ShardReading: Sendable {
    /// The column's place in the schema.
    let column: Int

    /// What it is in the source.
    let info: ColumnInfo
}

/// Columns of a block that are read at once, as they are neighbours in the file or nearly so.
struct ShardRun: Sendable {
    /// Places in the schema, those in between included.
    let columns: Range<Int>

    /// The columns to decode: the place in the schema, and in the source.
    let readings: [(column: Int, index: Int)]

    /// Columns in between that are read along where they are no larger in a block: a read call costs more.
    private static let largestGap = 8 << 10

    /// The runs that bring the columns of a source.
    static func runs(of columns: [ShardReading], in dataset: ShardDataset) -> [ShardRun] {
        let sorted = columns.enumerated().map { (column: $1.column, index: $0) }
            .sorted { ($0.column, $0.index) < ($1.column, $1.index) }
        let blocks = max(1, dataset.blockCount)
        var runs: [ShardRun] = []
        for reading in sorted {
            if let last = runs.last {
                let between = last.columns.upperBound..<max(last.columns.upperBound, reading.column)
                let gap = between.reduce(0) { $0 + dataset.manifest.statistics[$1].storedBytes / blocks }
                if gap <= largestGap {
                    runs[runs.count - 1] = ShardRun(
                        columns: last.columns.lowerBound..<max(last.columns.upperBound, reading.column + 1),
                        readings: last.readings + [reading])
                    continue
                }
            }
            runs.append(ShardRun(columns: reading.column..<reading.column + 1, readings: [reading]))
        }
        return runs
    }
}
