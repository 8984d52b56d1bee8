import Engine
import Memory

/// `scale · x + offset`.
public final class Rescaling: Layer {
    /// A number, or an array that is repeated over the leading axes of the input, as `offset`.
    public let scale: NumberArray
    public let offset: NumberArray

    public init(_ scale: NumberArray, offset: NumberArray = [0], name: String = "") {
        self.scale = scale
        self.offset = offset
        super.init(name: name)
    }

    public convenience init(_ scale: Double, offset: Double = 0, name: String = "") {
        self.init(NumberArray(scale), offset: NumberArray(offset), name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        for array in [scale, offset] {
            guard input.prepending(1).broadcast(with: array.shape) == input.prepending(1) else {
                throw error("an array of shape \(array.shape) cannot be repeated to samples of shape \(input)")
            }
        }
        return input
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        if let scale = scale.scalar, let offset = offset.scalar {
            return input.scaled(by: Float(scale), offset: Float(offset))
        }
        return input * scale.tensor(in: input.graph) + offset.tensor(in: input.graph)
    }
}
