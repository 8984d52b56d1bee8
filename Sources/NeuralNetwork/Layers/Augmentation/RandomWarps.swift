public import Augmentation

/// With a chance that is drawn, too, shows images from another side: all corners but the first move by up to half of
/// `scale` of their distance to the left and to the top edge. In inference `x`.
public final class RandomPerspective: AugmentationLayer {
    /// From 0 to 1.
    public let factor: ClosedRange<Double>
    /// From 0 to 1.
    public let scale: Double
    public let interpolation: AugmentationSpec.Interpolation
    /// Of what lies outside of an image.
    public let fillValue: Double

    public init(
        _ factor: ClosedRange<Double> = 0...1, scale: Double = 1,
        interpolation: AugmentationSpec.Interpolation = .bilinear, fillValue: Double = 0, seed: Int? = nil,
        name: String = ""
    ) {
        (self.factor, self.scale, self.interpolation, self.fillValue) = (factor, scale, interpolation, fillValue)
        let resampling = ResamplingOptions(fillMode: .constant, interpolation: interpolation, fillValue: fillValue)
        super.init([resampling.stage(.perspective(chance: factor, scale: scale))], seed: seed, name: name)
    }
}

/// With a chance that is drawn, too, moves pixels by smooth random distances; values are clipped. In inference `x`.
///
/// Distances across and down are drawn for themselves, as by Keras on PyTorch, and the strength for each image.
public final class RandomElasticTransform: AugmentationLayer {
    /// From 0 to 1.
    public let factor: ClosedRange<Double>
    /// From 0 to 1.
    public let scale: ClosedRange<Double>
    public let resampling: ResamplingOptions
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Double> = 0...1, scale: ClosedRange<Double> = 0...1,
        resampling: ResamplingOptions = ResamplingOptions(), valueRange: ClosedRange<Double> = 0...255,
        seed: Int? = nil, name: String = ""
    ) {
        (self.factor, self.scale, self.resampling, self.valueRange) = (factor, scale, resampling, valueRange)
        var stage = resampling.stage(.elastic(chance: factor, scale: scale))
        stage.valueRange = Float(valueRange.lowerBound)...Float(valueRange.upperBound)
        super.init([stage], seed: seed, name: name)
    }
}

/// A random mean of an image and of several others that chains of random changes make of it. In inference `x`.
public final class AugMix: AugmentationLayer {
    public let numChains: Int
    /// Changes in each chain; one in twelve, or in eight, is none.
    public let chainDepth: Int
    /// Strength of the changes, from 0 to 1.
    public let factor: ClosedRange<Double>
    /// Of the Dirichlet and Beta distributions of the weights.
    public let alpha: Double
    /// Whether brightness, colour, contrast and sharpness are among the changes, too.
    public let allOps: Bool
    public let interpolation: AugmentationSpec.Interpolation
    public let valueRange: ClosedRange<Double>

    public init(
        valueRange: ClosedRange<Double> = 0...255, numChains: Int = 3, chainDepth: Int = 3,
        factor: ClosedRange<Double> = 0...0.3, alpha: Double = 1, allOps: Bool = true,
        interpolation: AugmentationSpec.Interpolation = .bilinear, seed: Int? = nil, name: String = ""
    ) {
        (self.numChains, self.chainDepth, self.factor, self.alpha) = (numChains, chainDepth, factor, alpha)
        (self.allOps, self.interpolation, self.valueRange) = (allOps, interpolation, valueRange)
        let mix = AugmentationSpec.Operation.augMix(
            chains: numChains, depth: chainDepth, factor: factor, alpha: alpha, isWhole: allOps)
        var stage = AugmentationSpec.Stage(mix, valueRange)
        (stage.interpolation, stage.fill) = (interpolation, .reflect)
        super.init([stage], seed: seed, name: name)
    }
}
