internal import Shards

/// Columns of a block that are read at once, as they are neighbours in the file or nearly so.
struct ShardRun: Sendable {
    /// Places in the schema, those in between included.
    let columns: Range<Int>

    /// The columns to decode, and their places in the source.
    let readings: [(reading: ShardReading, index: Int)]

    /// Columns in between that are read along where they are no larger in a block: a read call costs more.
    private static let largestGap = 8 << 10

    /// The runs that bring the columns of a source.
    static func runs(of columns: [ShardReading], in dataset: ShardDataset) -> [ShardRun] {
        let sorted = columns.enumerated().map { (reading: $1, index: $0) }
            .sorted { ($0.reading.column, $0.index) < ($1.reading.column, $1.index) }
        let blocks = max(1, dataset.blockCount)
        var runs: [ShardRun] = []
        for reading in sorted {
            let column = reading.reading.column
            if let last = runs.last {
                let between = last.columns.upperBound..<max(last.columns.upperBound, column)
                let gap = between.reduce(0) { $0 + dataset.manifest.statistics[$1].storedBytes / blocks }
                if gap <= largestGap {
                    runs[runs.count - 1] = ShardRun(
                        columns: last.columns.lowerBound..<max(last.columns.upperBound, column + 1),
                        readings: last.readings + [reading])
                    continue
                }
            }
            runs.append(ShardRun(columns: column..<column + 1, readings: [reading]))
        }
        return runs
    }
}
