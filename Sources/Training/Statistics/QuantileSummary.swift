/// The distribution of values by some of them, each with how many it stands for: Keras's summary of `Discretization`.
///
/// How many is counted in float64: in float32, as Keras has it, a batch of long data would count for nothing once there were
/// 2²⁴ times as many values in front of it. What Keras's summary is not is exact: each batch may shift it by a part of
/// `epsilon` towards the values that come last, so that the batches of data sorted by value should be few and large.
struct QuantileSummary {
    /// Which part of all values the answers may be wrong by for each batch; about one over that many values are kept.
    let epsilon: Double
    private var values: [Float] = []
    private var weights: [Double] = []

    init(epsilon: Double) { self.epsilon = epsilon }

    /// The most memory that taking in batches of so many values needs, about.
    static func heldBytes(epsilon: Double, batch: Int) -> Int { 4 * batch + 200 * Int(1 / epsilon + 1) }

    /// Takes a batch of values in: its own summary, every `count · epsilon`-th of the sorted values, is merged with what
    /// there is.
    mutating func add(_ batch: UnsafeBufferPointer<Float>) {
        let sorted = batch.sorted()
        let step = max(Double(sorted.count) / (1 / epsilon), 1)
        let own = stride(from: Int(step - 1), to: sorted.count, by: Int(step)).map { (sorted[$0], step) }
        let merged = (own + zip(values, weights)).enumerated().sorted {
            ($0.element.0, $0.offset) < ($1.element.0, $1.offset)
        }
        (values, weights) = Self.compressed(merged.map(\.element.0), merged.map(\.element.1), to: epsilon)
    }

    /// The boundaries between bins that hold equally many values.
    func boundaries(of bins: Int) -> [Double] {
        Self.compressed(values, weights, to: 1 / Double(bins)).values.dropLast().map(Double.init)
    }

    /// As few values as the part allows, between those that there are.
    private static func compressed(
        _ values: [Float], _ weights: [Double], to part: Double
    ) -> (values: [Float], weights: [Double]) {
        guard Double(values.count) * part >= 1 else { return (values, weights) }
        var sums: [Double] = []
        sums.reserveCapacity(weights.count)
        for weight in weights { sums.append((sums.last ?? 0) + weight) }
        let shares = sums.map { $0 / sums[sums.count - 1] }
        let points = values.map(Double.init)
        // As many as `arange(0, 1, part)` of numpy has.
        let count = Int((1 / part).rounded(.up))
        let places = (0..<count).map { part + Double($0) * part }
        let kept = places.map { Float(interpolated($0, shares, points)) }
        let reached = places.map { interpolated($0, shares, sums) }
        return (kept, reached.indices.map { reached[$0] - ($0 == 0 ? 0 : reached[$0 - 1]) })
    }

    /// The value at `x` on the line through points with ascending places; that of the nearest end beyond them.
    private static func interpolated(_ x: Double, _ places: [Double], _ values: [Double]) -> Double {
        let last = places.count - 1
        if x >= places[last] { return values[last] }
        if x < places[0] { return values[0] }
        var (low, high) = (0, last)
        while high - low > 1 {
            let middle = (low + high) / 2
            if places[middle] <= x { low = middle } else { high = middle }
        }
        let slope = (values[high] - values[low]) / (places[high] - places[low])
        return slope * (x - places[low]) + values[low]
    }
}
