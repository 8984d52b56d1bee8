/// Figures along a counted axis (updates, epochs, tenths of a second) in bounded memory.
///
/// Neighbouring places share a bucket that knows the least, the greatest and the mean of its figures. When there are
/// more buckets than may be, pairs of them become one, so that a series of any length keeps its outliers.
package struct BucketSeries: Equatable {
    /// The figures of neighbouring places.
    package struct Bucket: Equatable {
        package var low = Float.infinity
        package var high = -Float.infinity
        package var sum = 0.0
        /// Figures that are numbers.
        package var count = 0
        /// Figures that are not: NaN, infinite, or beyond what a float holds.
        package var missing = 0

        /// Nil when no figure is a number.
        package var mean: Double? { count > 0 ? sum / Double(count) : nil }

        mutating func add(_ value: Double) {
            let single = Float(value)
            guard single.isFinite else {
                missing += 1
                return
            }
            low = min(low, single)
            high = max(high, single)
            sum += value
            count += 1
        }

        mutating func add(_ other: Bucket) {
            low = min(low, other.low)
            high = max(high, other.high)
            sum += other.sum
            count += other.count
            missing += other.missing
        }
    }

    /// The most buckets there are.
    package let capacity: Int
    /// The place of the first figure.
    package private(set) var origin: Int?
    /// Places of a bucket, a power of two.
    package private(set) var width = 1
    package private(set) var buckets: [Bucket] = []
    /// The place of the first figure that is no number.
    package private(set) var firstMissing: Int?

    /// An empty series.
    package init(capacity: Int) {
        precondition(capacity >= 2, "BucketSeries: a capacity of \(capacity), expected at least 2")
        self.capacity = capacity
    }

    /// Adds a figure at a place, which is not in front of the first one.
    package mutating func add(_ value: Double, at place: Int) {
        let first = origin ?? place
        origin = first
        let offset = max(0, place - first)
        while offset / width >= capacity { mergePairs() }
        let index = offset / width
        while buckets.count <= index { buckets.append(Bucket()) }
        let missing = buckets[index].missing
        buckets[index].add(value)
        if firstMissing == nil, buckets[index].missing > missing { firstMissing = place }
    }

    private mutating func mergePairs() {
        width *= 2
        var merged: [Bucket] = []
        merged.reserveCapacity(capacity)
        for index in stride(from: 0, to: buckets.count, by: 2) {
            var bucket = buckets[index]
            if index + 1 < buckets.count { bucket.add(buckets[index + 1]) }
            merged.append(bucket)
        }
        buckets = merged
    }

    /// The places of a bucket.
    package func places(_ index: Int) -> Range<Int> {
        let first = (origin ?? 0) + index * width
        return first..<first + width
    }

    /// Figures that are no numbers.
    package var missing: Int { buckets.reduce(0) { $0 + $1.missing } }
    /// All figures.
    package var count: Int { buckets.reduce(0) { $0 + $1.count + $1.missing } }
    /// The last bucket's mean: the last figure where a bucket has one place.
    package var last: Double? { buckets.last?.mean }

    /// Takes over what a checkpoint kept; nil when it cannot be of such a series.
    init?(capacity: Int, origin: Int?, width: Int, firstMissing: Int?, buckets: [Bucket]) {
        guard buckets.count <= capacity, width > 0, width & (width - 1) == 0 else { return nil }
        self.init(capacity: capacity)
        (self.origin, self.width, self.firstMissing, self.buckets) = (origin, width, firstMissing, buckets)
    }
}
