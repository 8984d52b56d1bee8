/// A place of a line: the mean of its figures with the least and the greatest of them.
package struct ChartPoint: Equatable {
    package let x: Double
    /// Nil is a gap: no figure at this place was a number.
    package let mean: Double?
    package let low: Double
    package let high: Double

    /// A place with figures.
    package init(x: Double, mean: Double?, low: Double, high: Double) {
        (self.x, self.mean, self.low, self.high) = (x, mean, low, high)
    }
}

extension BucketSeries {
    /// The places that have figures or gaps; those without either are passed over.
    ///
    /// - Parameter scale: the length of a place on the axis.
    package func points(scale: Double = 1) -> [ChartPoint] {
        buckets.indices.compactMap { index in
            let bucket = buckets[index]
            guard bucket.count + bucket.missing > 0 else { return nil }
            let places = places(index)
            // Of several places the middle; the last bucket may not be full.
            let x = Double(places.lowerBound + places.upperBound - 1) / 2 * scale
            return ChartPoint(x: x, mean: bucket.mean, low: Double(bucket.low), high: Double(bucket.high))
        }
    }
}
