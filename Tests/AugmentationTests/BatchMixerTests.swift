import Augmentation
import Memory
import Testing

@Suite struct BatchMixerTests {
    private let shape: Shape = [6, 5, 2]

    private func mixer(_ operation: AugmentationSpec.Operation) throws -> BatchMixer {
        try BatchMixer(operation, rowShape: shape, seed: 7, stream: 3)
    }

    /// Samples of one number each, and one-hot targets.
    private func mixed(_ mixer: BatchMixer, _ pairs: [BatchMixer.Pair]) -> (samples: [Float], targets: [Float]) {
        var samples = pairs.indices.flatMap { [Float](repeating: Float($0), count: 60) }
        var targets = pairs.indices.flatMap { row in pairs.indices.map { $0 == row ? Float(1) : 0 } }
        var scratch = [Float](repeating: 0, count: 60)
        samples.withUnsafeMutableBufferPointer { samples in
            targets.withUnsafeMutableBufferPointer { targets in
                scratch.withUnsafeMutableBufferPointer { scratch in
                    mixer.mix(samples.baseAddress!, pairs, scratch: scratch.baseAddress!)
                    mixer.mixTargets(targets.baseAddress!, pairs.count, pairs, scratch: scratch.baseAddress!)
                }
            }
        }
        return (samples, targets)
    }

    @Test func `mixup is a weighted mean of the samples as they were, and of their targets`() throws {
        let mixer = try mixer(.mixup(0.4))
        let pairs = mixer.draw(epoch: 1, position: 32, count: 9)
        #expect(pairs.map(\.partner).sorted() == Array(0..<9))
        let (samples, targets) = mixed(mixer, pairs)
        for (row, pair) in pairs.enumerated() {
            let expected = pair.weight * Float(row) + (1 - pair.weight) * Float(pair.partner)
            #expect(samples[row * 60..<row * 60 + 60].allSatisfy { abs($0 - expected) < 1e-5 })
            #expect(abs(targets[row * 9 + row] - (pair.partner == row ? 1 : pair.weight)) < 1e-6)
            #expect(abs(targets[row * 9..<row * 9 + 9].reduce(0, +) - 1) < 1e-6)
        }
    }

    @Test func `cutmix puts a rectangle of the other sample in, whose share the targets have`() throws {
        let mixer = try mixer(.cutmix())
        for position in 0..<20 {
            let pairs = mixer.draw(epoch: 0, position: position, count: 7)
            let (samples, targets) = mixed(mixer, pairs)
            for (row, pair) in pairs.enumerated() {
                let rows = try #require(pair.rows)
                for place in 0..<60 {
                    let isInside = rows.contains(place / 10) && pair.columns.contains(place / 2 % 5)
                    #expect(samples[row * 60 + place] == Float(isInside ? pair.partner : row))
                }
                let share = Double(rows.count * pair.columns.count) / 30
                // Whole pixels, of a rectangle that is not: up to one more or less along each side.
                #expect(abs(share - Double(1 - pair.weight)) < 0.37)
                #expect(abs(targets[row * 7..<row * 7 + 7].reduce(0, +) - 1) < 1e-6)
            }
        }
    }

    @Test func `the same place in the same epoch is mixed in the same way, others are not`() throws {
        let mixer = try mixer(.mixup(0.4))
        let first = mixer.draw(epoch: 1, position: 32, count: 9)
        #expect(mixer.draw(epoch: 1, position: 32, count: 9) == first)
        #expect(mixer.draw(epoch: 2, position: 32, count: 9) != first)
        #expect(mixer.draw(epoch: 1, position: 41, count: 9) != first)
        let other = try BatchMixer(.mixup(0.4), rowShape: shape, seed: 8, stream: 3)
        #expect(other.draw(epoch: 1, position: 32, count: 9) != first)
    }

    @Test(arguments: [0.05, 0.2, 1, 4]) func `weights are those of a Beta distribution`(alpha: Double) throws {
        let mixer = try mixer(.mixup(alpha))
        let weights = mixer.draw(epoch: 0, position: 0, count: 20_000).map { Double($0.weight) }
        let mean = weights.reduce(0, +) / 20_000
        let variance = weights.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / 20_000
        #expect(weights.allSatisfy { (0...1).contains($0) })
        // Six deviations of the mean; the variance of Beta(a, a) is 1 / (4 (2 a + 1)).
        let expected = 1 / (4 * (2 * alpha + 1))
        #expect(abs(mean - 0.5) < 6 * (expected / 20_000).squareRoot())
        #expect(abs(variance / expected - 1) < 0.05)
    }

    @Test func `rectangles need images`() {
        let error = #expect(throws: AugmentationError.self) {
            try BatchMixer(.cutmix(), rowShape: [4], seed: 0, stream: 0)
        }
        #expect(error?.description.contains("mixup takes any rows") == true)
    }
}
