import Augmentation
import Engine

/// Stretches each channel of an image, so that its smallest and largest values are the ends of the range; in inference,
/// too, as in Keras. A channel of one value stays.
public final class AutoContrast: AugmentationLayer {
    public let valueRange: ClosedRange<Double>

    public init(valueRange: ClosedRange<Double> = 0...255, name: String = "") {
        self.valueRange = valueRange
        super.init([.init(.autoContrast, valueRange)], seed: nil, name: name)
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        // While training, the workers have been here before, and others behind this layer.
        if context.isTraining { return input }
        let (lower, upper) = (Float(valueRange.lowerBound), Float(valueRange.upperBound))
        let low = input.min(axes: [1, 2], keepDimensions: true)
        let extent = input.max(axes: [1, 2], keepDimensions: true) - low
        // Where nothing can be stretched, what is divided by must not be 0, either.
        let isFlat = extent.equal(input.graph.constant(0, shape: []))
        let divisor = Tensor.select(isFlat, input.graph.constant(1, shape: []), extent)
        let stretched = ((input - low) / divisor).scaled(by: upper - lower, offset: lower)
        return Tensor.select(isFlat, input, stretched.clipped(from: lower, to: upper))
    }
}
