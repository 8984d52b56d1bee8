import Engine
import Memory

/// Dropout that keeps mean and variance of what `selu` gives: dropped elements become the lower bound of selu.
public final class AlphaDropout: Layer {
    /// Takes effect when the next step is planned.
    public var rate: Double
    /// As of `Dropout`.
    public let noiseShape: [Int?]?
    /// Keras's argument. The masks here follow from the model's seed.
    public let seed: Int?

    public init(_ rate: Double, noiseShape: [Int?]? = nil, seed: Int? = nil, name: String = "") {
        precondition((0...1).contains(rate), "AlphaDropout: rate \(rate), expected 0…1")
        self.rate = rate
        self.noiseShape = noiseShape
        self.seed = seed
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        // As Keras's formula has it, all elements dropped would be multiplied by infinity.
        guard rate < 1 else { throw error("rate is \(rate), expected 0 to below 1") }
        try checkNoise(noiseShape, for: input)
        return input
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard context.isTraining && rate > 0 else { return input }
        return input.alphaDropout(rate: Float(rate), stream: context.nextStream(), noiseShape: noiseShape)
    }
}
