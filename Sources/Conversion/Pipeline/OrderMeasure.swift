internal import JSONText
internal import Shards

/// How evenly ranges of the input's rows are spread over batches of consecutive rows of the output: the quality of a
/// shuffle, whatever its columns hold.
///
/// The input's rows, those of all passes one after the other, are cut into equal ranges, and the ranges are counted in
/// batches as `ShuffleMeasure` counts classes: χ² per degree of freedom is 1 for a uniform permutation; where nothing was
/// shuffled it is about the rows of a batch, or those of a range if they are fewer. Small inputs have smaller batches and
/// fewer ranges, so that each has two at least.
struct OrderMeasure {
    /// Rows of the input in all passes.
    let rowCount: Int

    private var spread: ShuffleMeasure

    private static let mostRanges = 128

    /// Nothing written yet of `rowCount` rows.
    init(rowCount: Int) {
        self.rowCount = rowCount
        spread = ShuffleMeasure(batchRows: Self.batchRows(of: rowCount))
    }

    /// The measure of rows that are all written as they come.
    static func unshuffled(rowCount: Int) -> OrderMeasure {
        var measure = OrderMeasure(rowCount: rowCount)
        let ranges = ranges(of: rowCount)
        var first = 0
        for range in 0..<ranges {
            // Row r is in range r × ranges / rows, rounded down: the first row of the next range.
            let end = ((range + 1) * rowCount + ranges - 1) / ranges
            measure.spread.add(range, rows: end - first)
            first = end
        }
        return measure
    }

    /// Ranges into which so many rows are cut.
    static func ranges(of rowCount: Int) -> Int { max(1, min(mostRanges, rowCount / 2)) }

    /// Rows of a batch among so many.
    static func batchRows(of rowCount: Int) -> Int { max(1, min(ShuffleMeasure.batchRows, rowCount / 2)) }

    /// The range of a row of the input.
    ///
    /// Places are kept as 32-bit numbers, which are exact up to 2^24 and above it to a share of 2^-24: a few rows at the
    /// edge of a range are counted to its neighbor, and the shares of the ranges are those that were counted.
    /// A place that is none, of a spill file that was damaged, is counted to the first or last range.
    static func range(ofPlace place: Float, rowCount: Int) -> UInt8 {
        let ranges = ranges(of: rowCount)
        guard place > 0 else { return 0 }
        return UInt8(min(Double(ranges - 1), Double(place) * Double(ranges) / Double(rowCount)))
    }

    /// Takes in the ranges of the rows that follow.
    mutating func add(_ ranges: [UInt8]) {
        for range in ranges { spread.add(Int(range), rows: 1) }
    }

    /// What the manifest says of it; nil of fewer than four rows.
    var result: ShardManifest.Shuffle.Order? {
        spread.chi2PerDegree.map {
            .init(chi2PerDegree: $0, ranges: Self.ranges(of: rowCount), batchRows: spread.batchRows)
        }
    }

    var json: JSONValue { .object(["rows": .integer(rowCount), "spread": spread.json]) }

    /// Reads what `json` wrote; nil for something else.
    init?(_ value: JSONValue) {
        guard let rowCount = value["rows"]?.integerValue, rowCount >= 0,
            let spread = value["spread"].flatMap({ ShuffleMeasure($0, batchRows: Self.batchRows(of: rowCount)) })
        else { return nil }
        self.rowCount = rowCount
        self.spread = spread
    }
}
