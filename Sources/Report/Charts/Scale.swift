import Glibc

/// Where numbers lie on an axis.
package struct Scale: Equatable {
    /// The numbers at the two ends.
    package let lower: Double
    package let upper: Double
    package let isLogarithmic: Bool

    /// A scale between two numbers; both positive when it is logarithmic. An empty one is widened.
    package init(_ lower: Double, _ upper: Double, isLogarithmic: Bool = false) {
        precondition(lower.isFinite && upper.isFinite && lower <= upper, "Scale: from \(lower) to \(upper)")
        precondition(!isLogarithmic || lower > 0, "Scale: logarithmic from \(lower)")
        self.isLogarithmic = isLogarithmic
        guard lower == upper else {
            (self.lower, self.upper) = (lower, upper)
            return
        }
        let half = lower == 0 ? 1 : abs(lower) / 2
        (self.lower, self.upper) = (lower - half, upper + half)
    }

    /// 0 at the lower end, 1 at the upper one.
    package func fraction(_ value: Double) -> Double {
        guard isLogarithmic else { return (value - lower) / (upper - lower) }
        return value > 0 ? log(value / lower) / log(upper / lower) : 0
    }

    /// Whether positive numbers between these are drawn by their logarithm: when they span two decades.
    package static func spansDecades(_ least: Double, _ greatest: Double) -> Bool {
        least > 0 && greatest.isFinite && greatest / least >= 100
    }
}
