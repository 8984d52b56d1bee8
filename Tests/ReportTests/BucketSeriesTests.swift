import Report
import Testing

@Suite struct BucketSeriesTests {
    @Test func `a short series keeps every figure`() {
        var series = BucketSeries(capacity: 8)
        for place in 3..<11 { series.add(Double(place), at: place) }
        #expect(series.width == 1)
        #expect(series.buckets.map(\.mean) == (3..<11).map { Double($0) })
        #expect(series.buckets.indices.map(series.places) == (3..<11).map { $0..<$0 + 1 })
    }

    @Test(arguments: [9, 64, 1000, 100_003]) func `a long series keeps range, mean and count of every part`(count: Int)
    {
        var series = BucketSeries(capacity: 8)
        // No order: a product with an odd number permutes the last bits.
        let values = (0..<count).map { Double(($0 &* 40_503) & 0xFFFF) / 1024 }
        for (place, value) in values.enumerated() { series.add(value, at: place + 1) }
        #expect(series.buckets.count <= 8)
        #expect(series.count == count)
        for (index, bucket) in series.buckets.enumerated() {
            let places = series.places(index)
            let part = values[places.lowerBound - 1..<min(count, places.upperBound - 1)]
            #expect(Double(bucket.low) == part.min())
            #expect(Double(bucket.high) == part.max())
            #expect(abs(bucket.mean! - part.reduce(0, +) / Double(part.count)) < 1e-9)
        }
    }

    @Test func `figures that are no numbers are counted, and spoil no other`() {
        var series = BucketSeries(capacity: 4)
        for place in 0..<16 { series.add(place == 5 ? .nan : place == 9 ? .infinity : 2, at: place) }
        series.add(1e300, at: 16)
        #expect(series.missing == 3)
        #expect(series.firstMissing == 5)
        #expect(series.buckets.allSatisfy { $0.mean == 2 || $0.count == 0 })
        #expect(series.count == 17)
    }

    @Test func `places that are passed over are empty`() {
        var series = BucketSeries(capacity: 8)
        for place in [10, 12, 17] { series.add(1, at: place) }
        #expect(series.points().map(\.x) == [10, 12, 17])
    }

    @Test func `memory keeps the moment with the most resident bytes, whole`() {
        var series = MemorySeries(capacity: 4)
        for tick in 0..<64 {
            let resident = Float(100 + (tick * 37) % 64)
            series.add(.init(resident: resident, accounts: [Float](repeating: Float(tick), count: 7)), at: tick)
        }
        #expect(series.width == 16)
        for (index, moment) in series.moments.enumerated() {
            let ticks = index * 16..<index * 16 + 16
            let best = ticks.max { ($0 * 37) % 64 < ($1 * 37) % 64 }!
            #expect(moment?.accounts == [Float](repeating: Float(best), count: 7))
        }
    }
}
