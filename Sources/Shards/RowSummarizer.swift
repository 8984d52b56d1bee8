internal import Memory

/// Computes the statistics of blocks of rows. One per worker.
struct RowSummarizer {
    private var counters: [ClassCounter]

    /// For rows of these columns.
    init(_ columns: [ShardColumn]) {
        counters = columns.map(ClassCounter.init)
    }

    /// The statistics of a column of some rows, without its bytes.
    mutating func statistics(of rows: Range<Int>, in chunk: RowChunk, column: Int) -> ShardColumnStatistics {
        let info = chunk.columns[column]
        let range = chunk.range(ofRows: rows, column: column)
        let items = unsafe UnsafeRawBufferPointer(rebasing: chunk.values[column].bytes.bytes[range])
        var statistics = ShardColumnStatistics(info)
        statistics.rowCount = rows.count
        if !info.isBytes { statistics.numbers = unsafe ShardColumnStatistics.Numbers(items, type: info.type) }
        if statistics.classes != nil {
            statistics.classes = unsafe counters[column].count(items, statistics.numbers)
        }
        guard info.isRagged else { return statistics }
        let ends = chunk.values[column].ends
        var start = range.lowerBound
        var lengths = ShardColumnStatistics.Lengths(minimum: .max)
        for row in rows {
            let length = (ends[row] - start) / info.itemBytes
            start = ends[row]
            lengths.minimum = min(lengths.minimum, length)
            lengths.maximum = max(lengths.maximum, length)
            lengths.total += length
        }
        statistics.lengths = lengths
        return statistics
    }
}
