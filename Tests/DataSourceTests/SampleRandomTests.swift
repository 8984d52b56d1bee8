import DataSource
import Testing

@Suite struct SampleRandomTests {
    private func first(_ seed: UInt64, _ epoch: Int, _ sample: Int, _ stream: Int = 0) -> UInt64 {
        var random = SampleRandom(seed: seed, epoch: epoch, sample: sample, stream: stream)
        return random.next()
    }

    @Test func `numbers belong to seed, epoch, sample and stream`() {
        #expect(first(1, 2, 3) == first(1, 2, 3))
        var seen: Set<UInt64> = []
        for seed in 0..<8 {
            for epoch in 0..<8 {
                for sample in 0..<32 {
                    for stream in 0..<4 { seen.insert(first(UInt64(seed), epoch, sample, stream)) }
                }
            }
        }
        #expect(seen.count == 8 * 8 * 32 * 4)
    }

    @Test func `neighbouring samples are independent and even`() {
        var counts = [Int](repeating: 0, count: 16)
        for sample in 0..<16_000 {
            var random = SampleRandom(seed: 5, epoch: 0, sample: sample)
            let value = random.nextUnit()
            #expect(value >= 0 && value < 1)
            counts[Int(value * 16)] += 1
        }
        let squared = counts.reduce(0.0) { $0 + (Double($1) - 1000) * (Double($1) - 1000) / 1000 }
        // 15 degrees of freedom: 40 is exceeded once in two thousand fair seeds.
        #expect(squared < 40)
    }
}
