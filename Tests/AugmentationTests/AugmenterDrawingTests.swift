import Augmentation
import Memory
import Testing

/// What is drawn has the distributions that are promised.
@Suite struct AugmenterDrawingTests: AugmentedSamples {
    @Test func `draws are those of a uniform distribution over their range`() throws {
        let spec = try AugmentationSpec(parsing: ["shift=0.2,contrast=0.3,brightness=-0.1:0.3"])
        let augmenter = try Augmenter(spec, rowShape: shape, type: .uint8, seed: 9)
        var down: [Double] = []
        var factors: [Double] = []
        var deltas: [Double] = []
        for sample in 0..<4000 {
            for step in augmenter.draw(epoch: 0, sample: sample).steps {
                switch step {
                case .sample(let sampling): down.append(-sampling.map.y0)
                case .value(.contrast(let factor, _)): factors.append(Double(factor))
                case .value(.brightness(let delta, _)): deltas.append(Double(delta))
                default: continue
                }
            }
        }
        func expect(_ values: [Double], _ bounds: ClosedRange<Double>) {
            let (low, high) = (bounds.lowerBound, bounds.upperBound)
            let mean = values.reduce(0, +) / 4000
            let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 4000
            #expect(values.count == 4000)
            #expect(values.allSatisfy { $0 >= low - 1e-5 && $0 <= high + 1e-5 })
            // Six deviations of the mean, and of the variance, of 4,000 uniform numbers.
            #expect(abs(mean - (low + high) / 2) < 0.0274 * (high - low))
            #expect(abs(variance * 12 / (high - low) / (high - low) - 1) < 0.085)
        }
        expect(down, -2.2...2.2)
        expect(factors, 0.7...1.3)
        expect(deltas, -25.5...76.5)
    }

    @Test func `noise is normal`() throws {
        let spec = AugmentationSpec([.noise(0.5)])
        let augmenter = try Augmenter(spec, rowShape: [200_000], type: .float32, seed: 4)
        let zeros = [Float](repeating: 0, count: 200_000)
        var output = zeros
        zeros.withUnsafeBytes { input in
            output.withUnsafeMutableBytes {
                augmenter.apply(input, epoch: 0, sample: 0, into: $0, scratch: GrowableBytes())
            }
        }
        let values = output.map { Double($0) / 0.5 }
        func moment(_ power: Int) -> Double {
            values.reduce(0) { sum, value in sum + (0..<power).reduce(1.0) { product, _ in product * value } } / 200_000
        }
        // Deviations of the moments of 200,000 normal numbers: 0.0022, 0.0032, 0.0087, 0.022; six of each are allowed.
        #expect(abs(moment(1)) < 0.013)
        #expect(abs(moment(2) - 1) < 0.019)
        #expect(abs(moment(3)) < 0.052)
        #expect(abs(moment(4) - 3) < 0.13)
        // 0.27 % lie outside of three deviations: 540, give or take 140.
        let far = values.filter { abs($0) > 3 }.count
        #expect((400...680).contains(far))
        #expect(values.contains { abs($0) > 4 })
    }

    @Test func `erasing changes one rectangle of a part of the samples`() throws {
        let row = [UInt8](repeating: 100, count: 40 * 30)
        var erased = 0
        for sample in 0..<200 {
            let output = try applied(["erase=1"], row, shape: [40, 30], sample: sample)
            let changed = output.indices.filter { output[$0] != 100 }
            guard let first = changed.first, let last = changed.last else { continue }
            erased += 1
            let columns = changed.map { $0 % 30 }
            let height = last / 30 - first / 30 + 1
            let width = (columns.max() ?? 0) - (columns.min() ?? 0) + 1
            #expect((4...24).contains(height) && (3...18).contains(width))
            // Noise may hit 100 by chance, but rarely.
            #expect(changed.count > height * width * 9 / 10)
        }
        // A chance that is itself uniform: one half on average.
        #expect((65...135).contains(erased))
    }
}
