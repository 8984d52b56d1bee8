import Memory

/// What one pass over a column has found, for each index of the kept axes; row-major.
public struct ColumnStatistics: Sendable, Hashable {
    /// The column's name in its source.
    public let column: String

    /// The extents of the kept axes; empty for one figure of everything.
    public let shape: Shape

    /// Values behind each figure: the rows times the extents of the axes that are not kept.
    public let count: Int

    public let mean: [Double]

    /// Of the population: divided by `count`, not by one less.
    public let variance: [Double]

    public let minimum: [Float]

    public let maximum: [Float]

    /// The square root of the variance.
    public var standardDeviation: [Double] { variance.map { $0.squareRoot() } }
}

/// Mean and sum of squared deviations of some values.
struct Moments {
    var count = 0.0
    var mean = 0.0
    var squares = 0.0

    /// Takes other values in: Chan, Golub and LeVeque, "Updating formulae and a pairwise algorithm for computing sample
    /// variances" (1979), equation 2.1.
    mutating func merge(_ other: Moments) {
        guard other.count > 0 else { return }
        let total = count + other.count
        let distance = other.mean - mean
        squares += other.squares + distance * distance * (count * other.count / total)
        mean += distance * (other.count / total)
        count = total
    }
}
