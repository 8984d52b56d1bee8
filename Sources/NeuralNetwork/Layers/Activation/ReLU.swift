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
    public override func outputShape(of input: Shape) -> Shape { input }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        // The plain form is fused into the product in front of it.
        if maxValue == nil && threshold == 0 { return input.relu(negativeSlope: negativeSlope) }
        let limit = input.graph.constant(threshold, shape: [])
        let below = input.scaled(by: negativeSlope, offset: -negativeSlope * threshold)
        let rectified = Tensor.select(input.greaterOrEqual(limit), input, below)
        return maxValue.map { rectified.clipped(from: -.infinity, to: $0) } ?? rectified
    }
}
