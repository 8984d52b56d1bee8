import Engine
import Memory

/// `eˣ / Σ eˣ`, the sum being over an axis or over several together.
///
/// Masked elements count for nothing and become 0. A mask has the shape of the input, or one that is repeated to it; the
/// argument `mask` of a call may be any tensor, whose elements above 0.5 are valid.
public final class Softmax: Layer {
    /// As Keras counts axes: the batch is 0, negative ones count from the last.
    public let axis: [Int]

    /// Several axes together.
    public init(axis: [Int], name: String = "") {
        self.axis = axis
        super.init(name: name)
    }

    public convenience init(axis: Int = -1, name: String = "") { self.init(axis: [axis], name: name) }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard axis.sampleAxes(of: input) != nil else {
            throw error("axis is \(axis), expected axes of an input of shape \(input) behind the batch, each once")
        }
        return input
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard let mask = context.masks.first.flatMap({ $0 }).flatMap({ valid($0, for: input) }) else {
            return input.softmax(axes: axis)
        }
        func constant(_ value: Float) -> Tensor { input.graph.constant(value, shape: []).casted(to: input.type.scalar) }
        let result = Tensor.select(mask, input, constant(-1e9)).softmax(axes: axis)
        return Tensor.select(mask, result, constant(0))
    }

    /// 1 where a mask is above 0.5, in a shape that is repeated to the input's; nil where there is none.
    private func valid(_ mask: Tensor, for input: Tensor) -> Tensor? {
        let shapes = [mask, mask.aligned(rank: input.shape.rank)]
        guard let fitting = shapes.first(where: { $0.shape.broadcast(with: input.shape) == input.shape }) else {
            return nil
        }
        return fitting.greater(input.graph.constant(0.5, shape: []))
    }
}
