import Engine
import Memory

/// In training, zeros with probability `rate` and `x / (1 − rate)` otherwise; in inference, `x`.
public final class Dropout: Layer {
    /// Takes effect when the next step is planned.
    public var rate: Double
    /// The extents of the mask with the batch in front, which is repeated along axes where they are 1; nil extents are
    /// those of the input.
    public let noiseShape: [Int?]?
    /// Keras's argument. The masks here follow from the model's seed.
    public let seed: Int?

    public init(_ rate: Double, noiseShape: [Int?]? = nil, seed: Int? = nil, name: String = "") {
        precondition((0...1).contains(rate), "Dropout: rate \(rate), expected 0…1")
        self.rate = rate
        self.noiseShape = noiseShape
        self.seed = seed
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        try checkNoise(noiseShape, for: input)
        return input
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard context.isTraining && rate > 0 else { return input }
        if rate == 1 { return input.scaled(by: 0) }
        return input.dropout(rate: Float(rate), stream: context.nextStream(), noiseShape: noiseShape)
    }
}

extension Layer {
    /// Refuses a noise shape that cannot be repeated to samples of the given shape.
    func checkNoise(_ noiseShape: [Int?]?, for sample: Shape) throws(ModelError) {
        guard let noiseShape else { return }
        let fits =
            noiseShape.count == sample.rank + 1 && (noiseShape[0] ?? 1) == 1
            && zip(noiseShape.dropFirst(), sample.dimensions).allSatisfy { $0 == nil || $0 == 1 || $0 == $1 }
        guard fits else {
            let text = noiseShape.map { $0.map(String.init) ?? "none" }.joined(separator: ", ")
            throw error(
                "noise_shape is (\(text)), expected 1, none or the input's extent for each axis of "
                    + "(batch, \(sample.dimensions.map(String.init).joined(separator: ", "))), and 1 or none for the batch"
            )
        }
    }
}
