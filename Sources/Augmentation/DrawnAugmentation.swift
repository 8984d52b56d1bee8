/// What was drawn for one sample: the steps that make it, in their order.
package struct DrawnAugmentation: Sendable, Hashable {
    /// Something that is done to all values of an image.
    package enum Step: Sendable, Hashable {
        /// Pixels come from other places; the result has another size where a part was cut out.
        case sample(Sampling)
        /// Pixels come from places that no affine map gives; the size stays.
        case warp(Warp)
        case value(ValueChange)
        case blend(Blend)

        /// Whether values are written to another place than they are read from.
        var movesPixels: Bool {
            switch self {
            case .sample, .warp: true
            case .value, .blend: false
            }
        }
    }

    /// A resampling that bends lines or lets them meet.
    package struct Warp: Sendable, Hashable {
        package enum Kind: Sendable, Hashable {
            case perspective(ProjectiveMap)
            /// Every pixel from a place of its own, `alpha` times normal numbers that belong to a key away; they have the
            /// deviation `sigma` and are blurred by as much.
            case elastic(alpha: Float, sigma: Float, key: UInt64)
        }

        package var kind: Kind
        package var fill: AugmentationSpec.FillMode
        package var fillValue: Float
        package var interpolation: AugmentationSpec.Interpolation

        package init(
            _ kind: Kind, fill: AugmentationSpec.FillMode = .reflect, fillValue: Float = 0,
            interpolation: AugmentationSpec.Interpolation = .bilinear
        ) {
            (self.kind, self.fill, self.fillValue, self.interpolation) = (kind, fill, fillValue, interpolation)
        }

        /// The side of the window that blurs displacements.
        static func window(_ sigma: Float) -> Int { Int(6 * sigma) | 1 }
    }

    /// A weighted mean of an image and of others that chains of steps make of it.
    package struct Blend: Sendable, Hashable {
        package var chains: [[Step]]
        /// Of the chains; their sum is 1.
        package var weights: [Float]
        /// Of the image itself.
        package var share: Float
        /// What the mean is clipped to.
        package var range: ClosedRange<Float>

        package init(chains: [[Step]], weights: [Float], share: Float, range: ClosedRange<Float>) {
            (self.chains, self.weights, self.share, self.range) = (chains, weights, share, range)
        }
    }

    /// One resampling of an image.
    package struct Sampling: Sendable, Hashable {
        package var map: AffineMap
        /// Of the result.
        package var height: Int
        package var width: Int
        package var fill = AugmentationSpec.FillMode.reflect
        package var fillValue: Float = 0
        package var interpolation = AugmentationSpec.Interpolation.bilinear

        package init(
            _ map: AffineMap, height: Int, width: Int, fill: AugmentationSpec.FillMode = .reflect,
            fillValue: Float = 0, interpolation: AugmentationSpec.Interpolation = .bilinear
        ) {
            self.map = map
            self.height = height
            self.width = width
            self.fill = fill
            self.fillValue = fillValue
            self.interpolation = interpolation
        }

        fileprivate func hasMode(of other: Self) -> Bool {
            fill == other.fill && fillValue == other.fillValue && interpolation == other.interpolation
        }
    }

    /// A change of values where they are. Where a formula has a value range, results are clipped to it.
    package enum ValueChange: Sendable, Hashable {
        /// v becomes (v - mean) * factor + mean, the mean being that of its channel.
        case contrast(factor: Float, ClosedRange<Float>)
        /// v becomes v + delta.
        case brightness(delta: Float, ClosedRange<Float>)
        /// Saturations times a factor, clipped to the limits; values are not. Black is the least that values can be.
        case saturation(factor: Float, limits: ClosedRange<Float>, black: Float = 0)
        /// Hues moved by a fraction of their circle.
        case hue(turn: Float, ClosedRange<Float>)
        /// v becomes v + factor * (grey - v); clipped unless the range is nil.
        case gray(factor: Float, ClosedRange<Float>?)
        /// v becomes v + amount * (smooth - v), smooth being that of Keras's 3 x 3 kernel.
        case smooth(amount: Float, ClosedRange<Float>)
        /// Only so many leading bits of 8.
        case posterize(bits: Int, ClosedRange<Float>)
        /// v + addition, inverted from the threshold on.
        case solarize(addition: Float, threshold: Float, ClosedRange<Float>)
        case autoContrast(ClosedRange<Float>)
        case equalize(bins: Int, ClosedRange<Float>)
        /// v becomes v * factor + offset.
        case affine(factor: Float, offset: Float)
        /// Normal noise that belongs to a key.
        case noise(deviation: Float, key: UInt64)
        /// Zeros that belong to a key.
        case dropout(probability: Float, key: UInt64)
        /// Normal noise times the range's upper end, clipped to the range, in place of a rectangle's pixels.
        case erase(rows: Range<Int>, columns: Range<Int>, key: UInt64, ClosedRange<Float>)
        /// Values of the channels in place of a rectangle's pixels.
        case fill(rows: Range<Int>, columns: Range<Int>, values: [Float])
        /// A Gaussian of these deviations in a window of this size; what lies outside is as the mode says.
        case blur(
            vertical: Float, horizontal: Float, height: Int, width: Int, outside: AugmentationSpec.FillMode)
        case clip(ClosedRange<Float>)
    }

    package var steps: [Step]

    package init(steps: [Step] = []) { self.steps = steps }

    /// Adds a resampling of an image of the given size, and joins it to the one before where the result is the same or,
    /// where it may, a better one: sampling once blurs less than twice.
    mutating func append(_ next: Sampling, from size: (height: Int, width: Int), alone: Bool) {
        guard next.map != .identity || (next.height, next.width) != size else { return }
        guard case .sample(var last)? = steps.last else {
            steps.append(.sample(next))
            return
        }
        // Whole pixels of what was sampled are samples of the source, as long as they lie inside of it.
        let picks = next.map.copy(from: size, to: (next.height, next.width)) != nil
        guard picks || (!alone && last.hasMode(of: next)) else {
            steps.append(.sample(next))
            return
        }
        last.map = last.map.then(next.map)
        (last.height, last.width) = (next.height, next.width)
        steps[steps.count - 1] = .sample(last)
    }
}
