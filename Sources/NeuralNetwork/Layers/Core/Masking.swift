import Engine
import Memory

/// Masks the places whose last axis holds nothing but `maskValue`, and sets these to 0.
public final class Masking: Layer {
    public let maskValue: Float

    public init(maskValue: Float = 0, name: String = "") {
        self.maskValue = maskValue
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard input.rank >= 1 else { throw error("the input has no axes, expected at least one") }
        return input
    }

    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] { inputs }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let zero = input.graph.constant(0, shape: [])
        return Tensor.select(mask(of: input, keepDimensions: true), input, zero).casted(to: input.type.scalar)
    }

    override public func outputMasks(
        _ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext
    ) -> [Tensor?] {
        [mask(of: inputs[0], keepDimensions: false)]
    }

    /// 1 where anything differs from the value, else 0.
    private func mask(of input: Tensor, keepDimensions: Bool) -> Tensor {
        let value = input.graph.constant(maskValue, shape: [])
        let isValue = input.casted(to: .float32).equal(value)
        return isValue.min(axes: [-1], keepDimensions: keepDimensions).scaled(by: -1, offset: 1)
    }
}
