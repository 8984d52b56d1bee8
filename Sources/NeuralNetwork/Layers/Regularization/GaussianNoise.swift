import Engine
import Memory

/// In training, `x` plus normal numbers of mean 0; in inference, `x`.
public final class GaussianNoise: Layer {
    /// The deviation. Takes effect when the next step is planned.
    public var stddev: Double
    /// Keras's argument. The numbers here follow from the model's seed.
    public let seed: Int?

    public init(_ stddev: Double, seed: Int? = nil, name: String = "") {
        precondition((0...1).contains(stddev), "GaussianNoise: stddev \(stddev), expected 0…1")
        self.stddev = stddev
        self.seed = seed
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard context.isTraining && stddev > 0 else { return input }
        return input.gaussianNoise(deviation: Float(stddev), stream: context.nextStream())
    }
}

/// In training, `x` times normal numbers of mean 1 and deviation `√(rate / (1 − rate))`; in inference, `x`.
public final class GaussianDropout: Layer {
    /// Takes effect when the next step is planned.
    public var rate: Double
    /// Keras's argument. The numbers here follow from the model's seed.
    public let seed: Int?

    public init(_ rate: Double, seed: Int? = nil, name: String = "") {
        precondition((0...1).contains(rate), "GaussianDropout: rate \(rate), expected 0…1")
        self.rate = rate
        self.seed = seed
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard rate < 1 else { throw error("rate is \(rate), expected 0 to below 1") }
        return input
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard context.isTraining && rate > 0 else { return input }
        return input.gaussianDropout(rate: Float(rate), stream: context.nextStream())
    }
}
