/// Counts of numbers in buckets of equal width between the smallest and the largest, as TensorBoard's own summaries have
/// them: 30 buckets; numbers that are all the same lie in the last one of width 1 around them.
enum WeightHistogram {
    private static let count = 30

    /// Rows of left edge, right edge and count; none where a number is not finite, which no histogram can hold.
    static func buckets(of values: [Float]) -> [(left: Double, right: Double, count: Double)] {
        guard let least = values.min(), let most = values.max(), values.allSatisfy(\.isFinite) else { return [] }
        let (lower, upper) = (Double(least), Double(most))
        guard lower < upper else {
            return (0..<count).map { (lower - 0.5, lower + 0.5, $0 == count - 1 ? Double(values.count) : 0) }
        }
        let width = (upper - lower) / Double(count)
        var counts = [Int](repeating: 0, count: count)
        for value in values { counts[min(count - 1, Int((Double(value) - lower) / width))] += 1 }
        return counts.enumerated().map { index, number in
            let right = index == count - 1 ? upper : lower + Double(index + 1) * width
            return (lower + Double(index) * width, right, Double(number))
        }
    }
}
