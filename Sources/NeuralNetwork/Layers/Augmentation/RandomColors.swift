public import Augmentation

/// Differences from each channel's mean are scaled by 1 - the lower to 1 + the upper factor. In inference `x`.
public final class RandomContrast: AugmentationLayer {
    public let factor: ClosedRange<Double>
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Double>, valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil, name: String = ""
    ) {
        (self.factor, self.valueRange) = (factor, valueRange)
        let factors = 1 - factor.lowerBound...1 + factor.upperBound
        super.init([.init(.contrast(factor: factors), valueRange)], seed: seed, name: name)
    }
}

/// Fractions of the value range are added. In inference `x`.
public final class RandomBrightness: AugmentationLayer {
    public let factor: ClosedRange<Double>
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Double>, valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil, name: String = ""
    ) {
        (self.factor, self.valueRange) = (factor, valueRange)
        super.init([.init(.brightness(delta: factor), valueRange)], seed: seed, name: name)
    }
}

/// Saturations are scaled by `u / (1 - u)` of a factor u: 0.5 changes nothing. In inference `x`.
public final class RandomSaturation: AugmentationLayer {
    public let factor: ClosedRange<Double>
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Double>, valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil, name: String = ""
    ) {
        (self.factor, self.valueRange) = (factor, valueRange)
        super.init([.init(.saturationOdds(factor), valueRange)], seed: seed, name: name)
    }
}

/// Hues are moved either way by half of a factor, of their circle. In inference `x`.
public final class RandomHue: AugmentationLayer {
    public let factor: ClosedRange<Double>
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Double>, valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil, name: String = ""
    ) {
        (self.factor, self.valueRange) = (factor, valueRange)
        let turn = factor.lowerBound / 2...factor.upperBound / 2
        super.init([.init(.hue(turn: turn), valueRange)], seed: seed, name: name)
    }
}

/// Red, green and blue become their grey with a probability. In inference `x`.
public final class RandomGrayscale: AugmentationLayer {
    public let factor: Double

    public init(_ factor: Double = 0.5, seed: Int? = nil, name: String = "") {
        self.factor = factor
        super.init([.init(.grayscale(probability: factor))], seed: seed, name: name)
    }
}

/// With a chance that is drawn, too, a rectangle is replaced by a value, or without one by noise. In inference `x`.
public final class RandomErasing: AugmentationLayer {
    public let factor: ClosedRange<Double>
    public let scale: ClosedRange<Double>
    /// One value, or one for each channel.
    public let fillValue: [Double]?
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Double> = 0...1, scale: ClosedRange<Double> = 0.02...0.33, fillValue: [Double]? = nil,
        valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil, name: String = ""
    ) {
        (self.factor, self.scale, self.fillValue, self.valueRange) = (factor, scale, fillValue, valueRange)
        super.init([.init(.erase(chance: factor, scale: scale, fill: fillValue), valueRange)], seed: seed, name: name)
    }
}

/// With a chance that is drawn, too, blurs by a Gaussian; what lies outside of an image is 0. In inference `x`.
public final class RandomGaussianBlur: AugmentationLayer {
    public let factor: ClosedRange<Double>
    /// Pixels of the window across and down.
    public let kernelSize: (width: Int, height: Int)
    public let sigma: ClosedRange<Double>
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Double> = 0...1, kernelSize: (width: Int, height: Int) = (3, 3),
        sigma: ClosedRange<Double> = 0...1, valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil,
        name: String = ""
    ) {
        (self.factor, self.kernelSize, self.sigma, self.valueRange) = (factor, kernelSize, sigma, valueRange)
        let blur = AugmentationSpec.Operation.blur(
            chance: factor, sigma: sigma, height: kernelSize.height, width: kernelSize.width)
        super.init([.init(blur, valueRange)], seed: seed, name: name)
    }
}

/// A few of eleven changes, with their strength from the factor. In inference `x`.
public final class RandAugment: AugmentationLayer {
    public let numOps: Int
    public let factor: ClosedRange<Double>
    public let interpolation: AugmentationSpec.Interpolation
    public let valueRange: ClosedRange<Double>

    public init(
        valueRange: ClosedRange<Double> = 0...255, numOps: Int = 2, factor: ClosedRange<Double> = 0...0.5,
        interpolation: AugmentationSpec.Interpolation = .bilinear, seed: Int? = nil, name: String = ""
    ) {
        (self.numOps, self.factor, self.valueRange) = (numOps, factor, valueRange)
        self.interpolation = interpolation
        var stage = AugmentationSpec.Stage(.randAugment(count: numOps, factor: factor), valueRange)
        (stage.interpolation, stage.fill) = (interpolation, .reflect)
        super.init([stage], seed: seed, name: name)
    }
}
