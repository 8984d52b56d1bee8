import Augmentation

/// Sharpens or smooths by `1 - 2u` of a factor u: 0.5 changes nothing, 1 is sharpest. In inference `x`.
public final class RandomSharpness: AugmentationLayer {
    /// From 0 to 1.
    public let factor: ClosedRange<Double>
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Double>, valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil, name: String = ""
    ) {
        (self.factor, self.valueRange) = (factor, valueRange)
        super.init([.init(.sharpness(factor: factor), valueRange)], seed: seed, name: name)
    }
}

/// Keeps so many leading bits of 8; the upper end is not drawn, as in Keras. In inference `x`.
public final class RandomPosterization: AugmentationLayer {
    /// From 1 to 8.
    public let factor: ClosedRange<Int>
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Int>, valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil, name: String = ""
    ) {
        (self.factor, self.valueRange) = (factor, valueRange)
        super.init([.init(.posterize(bits: factor), valueRange)], seed: seed, name: name)
    }
}

/// Mixes an image with its grey: 0 changes nothing, 1 leaves grey, below 0 it is more colourful. In inference `x`.
public final class RandomColorDegeneration: AugmentationLayer {
    /// From -1 to 1.
    public let factor: ClosedRange<Double>
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Double>, valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil, name: String = ""
    ) {
        (self.factor, self.valueRange) = (factor, valueRange)
        super.init([.init(.degenerate(factor: factor), valueRange)], seed: seed, name: name)
    }
}

/// Brightness, contrast, saturation and hue in turn, those of them whose factor is given. In inference `x`.
public final class RandomColorJitter: AugmentationLayer {
    /// Those of `RandomBrightness`, `RandomContrast`, `RandomSaturation` and `RandomHue`; nil leaves one out.
    public let brightnessFactor: ClosedRange<Double>?
    public let contrastFactor: ClosedRange<Double>?
    public let saturationFactor: ClosedRange<Double>?
    public let hueFactor: ClosedRange<Double>?
    public let valueRange: ClosedRange<Double>

    public init(
        valueRange: ClosedRange<Double> = 0...255, brightnessFactor: ClosedRange<Double>? = nil,
        contrastFactor: ClosedRange<Double>? = nil, saturationFactor: ClosedRange<Double>? = nil,
        hueFactor: ClosedRange<Double>? = nil, seed: Int? = nil, name: String = ""
    ) {
        (self.brightnessFactor, self.contrastFactor) = (brightnessFactor, contrastFactor)
        (self.saturationFactor, self.hueFactor, self.valueRange) = (saturationFactor, hueFactor, valueRange)
        let operations: [AugmentationSpec.Operation?] = [
            brightnessFactor.map { .brightness(delta: $0) },
            contrastFactor.map { .contrast(factor: 1 - $0.lowerBound...1 + $0.upperBound) },
            saturationFactor.map { .saturationOdds($0) },
            hueFactor.map { .hue(turn: $0.lowerBound / 2...$0.upperBound / 2) },
        ]
        super.init(operations.compactMap { $0 }.map { .init($0, valueRange) }, seed: seed, name: name)
    }
}

/// With a chance that is drawn, too, subtracts values from the range's upper end. In inference `x`.
public final class RandomInvert: AugmentationLayer {
    /// From 0 to 1.
    public let factor: ClosedRange<Double>
    public let valueRange: ClosedRange<Double>

    public init(
        _ factor: ClosedRange<Double> = 0...1, valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil,
        name: String = ""
    ) {
        (self.factor, self.valueRange) = (factor, valueRange)
        super.init([.init(.invert(chance: factor), valueRange)], seed: seed, name: name)
    }
}

/// Adds a number and inverts values from a threshold on, both in 255ths of the value range. In inference `x`.
///
/// Of both factors Keras takes the upper end times 255, and the lower end as it is.
public final class Solarization: AugmentationLayer {
    public let additionFactor: ClosedRange<Double>
    public let thresholdFactor: ClosedRange<Double>
    public let valueRange: ClosedRange<Double>

    public init(
        additionFactor: ClosedRange<Double> = 0...0, thresholdFactor: ClosedRange<Double> = 0...0,
        valueRange: ClosedRange<Double> = 0...255, seed: Int? = nil, name: String = ""
    ) {
        (self.additionFactor, self.thresholdFactor, self.valueRange) = (additionFactor, thresholdFactor, valueRange)
        let solarize = AugmentationSpec.Operation.solarize(addition: additionFactor, threshold: thresholdFactor)
        super.init([.init(solarize, valueRange)], seed: seed, name: name)
    }
}

/// Makes the histogram of each channel even. In inference `x`.
public final class Equalization: AugmentationLayer {
    public let bins: Int
    public let valueRange: ClosedRange<Double>

    public init(valueRange: ClosedRange<Double> = 0...255, bins: Int = 256, name: String = "") {
        (self.bins, self.valueRange) = (bins, valueRange)
        super.init([.init(.equalize(bins: bins), valueRange)], seed: nil, name: name)
    }
}
