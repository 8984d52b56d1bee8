extension ShardColumnStatistics {
    /// How these statistics, computed from the rows, differ from stored ones, in words; nil where they agree.
    ///
    /// Counts, extremes and bytes must be equal. Sums may have been added in another order: means may differ by 1e-9 of
    /// the values' size, deviations by 1e-6.
    func difference(from stored: ShardColumnStatistics) -> String? {
        func unequal<Value: Equatable>(_ name: String, _ found: Value, _ stored: Value) -> String? {
            found == stored ? nil : "the rows have \(name) \(found), the manifest says \(stored)"
        }
        if let difference = unequal("number", rowCount, stored.rowCount)
            ?? unequal("decoded bytes", contentBytes, stored.contentBytes)
            ?? unequal("stored bytes", storedBytes, stored.storedBytes)
            ?? unequal("largest decoded frame", largestContentBytes, stored.largestContentBytes)
            ?? unequal("largest stored frame", largestStoredBytes, stored.largestStoredBytes)
        {
            return difference
        }
        if let lengths, let other = stored.lengths {
            if let difference = unequal("least length", lengths.minimum, other.minimum)
                ?? unequal("largest length", lengths.maximum, other.maximum)
                ?? unequal("lengths in all", lengths.total, other.total)
            {
                return difference
            }
        }
        if classes != stored.classes { return "the rows have other class counts than the manifest says" }
        guard let numbers, let other = stored.numbers else { return nil }
        if let difference = unequal("number of values", numbers.count, other.count)
            ?? unequal("values that are not finite", numbers.nonFiniteCount, other.nonFiniteCount)
            ?? unequal("minimum", numbers.minimum?.doubleValue, other.minimum?.doubleValue)
            ?? unequal("maximum", numbers.maximum?.doubleValue, other.maximum?.doubleValue)
        {
            return difference
        }
        let size = max(abs(numbers.minimum?.doubleValue ?? 0), abs(numbers.maximum?.doubleValue ?? 0))
        guard Self.agree(numbers.mean, other.mean, within: 1e-9 * size) else {
            return unequal("mean", numbers.mean, other.mean)
        }
        guard Self.agree(numbers.deviation, other.deviation, within: 1e-6 * numbers.deviation + 1e-9 * size) else {
            return unequal("deviation", numbers.deviation, other.deviation)
        }
        return nil
    }

    // What is out of the range of a number is so both times, or a sum overflowed in one order only.
    private static func agree(_ a: Double, _ b: Double, within tolerance: Double) -> Bool {
        a.isNaN || b.isNaN || abs(a - b) <= tolerance
    }
}
