internal import Memory

/// Changes that are drawn as more than a few numbers.
extension Drawing {
    // Keras's RandomPerspective: coordinates of the corners are scaled, so that the first corner stays.
    mutating func perspective(
        _ chance: ClosedRange<Double>, _ scale: Double, _ stage: AugmentationSpec.Stage, _ random: inout SampleRandom
    ) {
        guard random.happens(chance), scale > 0 else { return }
        let (right, bottom) = (Double(width - 1), Double(height - 1))
        let corners: [ProjectiveMap.Point] = [.init(0, 0), .init(right, 0), .init(0, bottom), .init(right, bottom)]
        let factors = -0.5 * scale...0.5 * scale
        let moved = corners.map { corner in
            let x = corner.x + corner.x * random.uniform(factors)
            return ProjectiveMap.Point(x, corner.y + corner.y * random.uniform(factors))
        }
        // Images of one row or column cannot be seen from another side.
        guard let map = ProjectiveMap(sending: moved, to: corners) else { return }
        warp(.perspective(map), stage)
    }

    /// The deviation of displacements in pixels.
    static func elasticSigma(_ factor: Double, _ height: Int, _ width: Int) -> Double {
        Double(min(height, width)) * 0.05 * factor
    }

    mutating func elastic(_ factor: Double, _ stage: AugmentationSpec.Stage, _ random: inout SampleRandom) {
        let key = random.next()
        guard factor > 0 else { return }
        let alpha = Float(Double(max(height, width)) * 0.1 * factor)
        warp(.elastic(alpha: alpha, sigma: Float(Self.elasticSigma(factor, height, width)), key: key), stage)
    }

    private mutating func warp(_ kind: DrawnAugmentation.Warp.Kind, _ stage: AugmentationSpec.Stage) {
        drawn.steps.append(
            .warp(
                .init(
                    kind, fill: stage.fill, fillValue: Float(stage.fillValue), interpolation: stage.interpolation)))
    }

    // Keras's AugMix. Of as many numbers as there are changes and one more, that one stands for no change.
    mutating func augMix(
        _ chains: Int, _ depth: Int, _ alpha: Double, _ range: ClosedRange<Float>, _ random: inout SampleRandom
    ) {
        guard let policy else { preconditionFailure("AugmentationSpec: augmix has no choices") }
        let weights = random.shares(chains, alpha).map { Float($0) }
        let share = Float(random.beta(alpha))
        let steps = (0..<chains).map { _ in
            var chain = self
            chain.drawn = DrawnAugmentation()
            for _ in 0..<depth {
                let choice = Int.random(in: 0...policy.choices.count, using: &random)
                if choice < policy.choices.count { chain.add(policy.choices[choice], &random) }
            }
            return chain.drawn.steps
        }
        drawn.steps.append(.blend(.init(chains: steps, weights: weights, share: share, range: range)))
    }
}
