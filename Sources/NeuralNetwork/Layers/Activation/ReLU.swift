import Engine
import Memory

/// `maxValue` from there on, `x` from `threshold` on, `negativeSlope · (x − threshold)` below.
public final class ReLU: Layer {
    /// No upper bound when nil.
    public let maxValue: Float?
    public let negativeSlope: Float
    public let threshold: Float

    public init(maxValue: Float? = nil, negativeSlope: Float = 0, threshold: Float = 0, name: String = "") {
        self.maxValue = maxValue
        self.negativeSlope = negativeSlope
        self.threshold = threshold
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard maxValue ?? 0 >= 0, negativeSlope >= 0, threshold >= 0 else {
            throw error(
                "max_value, negative_slope and threshold are \(maxValue.map { "\($0)" } ?? "none"), \(negativeSlope) "
                    + "and \(threshold), expected at least 0")
        }
        return input
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        ActivationFunction.relu(negativeSlope: negativeSlope, maxValue: maxValue, threshold: threshold)(input)
    }
}

/// `x` from 0 on, `negativeSlope · x` below.
public final class LeakyReLU: Layer {
    public let negativeSlope: Float

    public init(negativeSlope: Float = 0.3, name: String = "") {
        self.negativeSlope = negativeSlope
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard negativeSlope >= 0 else { throw error("negative_slope is \(negativeSlope), expected at least 0") }
        return input
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.leakyReLU(negativeSlope: negativeSlope)
    }
}

/// `x` from 0 on, `alpha · (eˣ − 1)` below.
public final class ELU: Layer {
    public let alpha: Float

    public init(alpha: Float = 1, name: String = "") {
        self.alpha = alpha
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor { input.elu(alpha: alpha) }
}
