public import Augmentation
import Engine
import Memory

/// Mirrors images or not, with equal chance. In inference `x`.
public final class RandomFlip: AugmentationLayer {
    public let mode: AugmentationSpec.FlipMode

    public init(_ mode: AugmentationSpec.FlipMode = .both, seed: Int? = nil, name: String = "") {
        self.mode = mode
        super.init([.init(.flip(mode))], seed: seed, name: name)
    }
}

/// Moves images down and to the right by fractions of their height and width. In inference `x`.
public final class RandomTranslation: AugmentationLayer {
    public let heightFactor: ClosedRange<Double>
    public let widthFactor: ClosedRange<Double>
    public let resampling: ResamplingOptions

    public init(
        _ heightFactor: ClosedRange<Double>, _ widthFactor: ClosedRange<Double>,
        resampling: ResamplingOptions = ResamplingOptions(), seed: Int? = nil, name: String = ""
    ) {
        (self.heightFactor, self.widthFactor, self.resampling) = (heightFactor, widthFactor, resampling)
        super.init(
            [resampling.stage(.shift(vertical: heightFactor, horizontal: widthFactor))], seed: seed, name: name)
    }
}

/// Turns images counter-clockwise by parts of a whole turn. In inference `x`.
public final class RandomRotation: AugmentationLayer {
    public let factor: ClosedRange<Double>
    public let resampling: ResamplingOptions

    public init(
        _ factor: ClosedRange<Double>, resampling: ResamplingOptions = ResamplingOptions(), seed: Int? = nil,
        name: String = ""
    ) {
        (self.factor, self.resampling) = (factor, resampling)
        let degrees = factor.lowerBound * 360...factor.upperBound * 360
        super.init([resampling.stage(.rotate(degrees: degrees))], seed: seed, name: name)
    }
}

/// Makes images smaller (factors above 0) or larger around their centre, by 1 + a factor. In inference `x`.
public final class RandomZoom: AugmentationLayer {
    public let heightFactor: ClosedRange<Double>
    /// Nil: the height's, of each image.
    public let widthFactor: ClosedRange<Double>?
    public let resampling: ResamplingOptions

    public init(
        _ heightFactor: ClosedRange<Double>, _ widthFactor: ClosedRange<Double>? = nil,
        resampling: ResamplingOptions = ResamplingOptions(), seed: Int? = nil, name: String = ""
    ) {
        (self.heightFactor, self.widthFactor, self.resampling) = (heightFactor, widthFactor, resampling)
        super.init([resampling.stage(.zoom(vertical: heightFactor, horizontal: widthFactor))], seed: seed, name: name)
    }
}

/// Shears images: pixels come from x rows to the right and y columns below, either way. In inference `x`.
public final class RandomShear: AugmentationLayer {
    public let xFactor: ClosedRange<Double>
    public let yFactor: ClosedRange<Double>
    public let resampling: ResamplingOptions

    public init(
        x xFactor: ClosedRange<Double> = 0...0, y yFactor: ClosedRange<Double> = 0...0,
        resampling: ResamplingOptions = ResamplingOptions(), seed: Int? = nil, name: String = ""
    ) {
        (self.xFactor, self.yFactor, self.resampling) = (xFactor, yFactor, resampling)
        super.init(
            [resampling.stage(.shear(x: xFactor, y: yFactor, isCentered: false))], seed: seed, name: name)
    }
}

/// A random window of images; in inference the one in the middle.
public final class RandomCrop: AugmentationLayer {
    public let height: Int
    public let width: Int

    public init(_ height: Int, _ width: Int, seed: Int? = nil, name: String = "") {
        (self.height, self.width) = (height, width)
        super.init([.init(.crop(height: height, width: width))], seed: seed, name: name)
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let begin = [0, (input.shape[1] - height) / 2, (input.shape[2] - width) / 2, 0]
        return input.sliced(begin: begin, shape: [input.shape[0], height, width, input.shape[3]])
    }
}
