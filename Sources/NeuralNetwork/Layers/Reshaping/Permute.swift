import Engine
import Memory

/// The axes of a sample in another order: axis `i` of the output is axis `dims[i]` of the input, counted from 1.
public final class Permute: Layer {
    public let dims: [Int]

    public init(_ dims: [Int], name: String = "") {
        self.dims = dims
        super.init(name: name)
    }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard dims.sorted() == dims.indices.map({ $0 + 1 }) else {
            throw error("dims is \(dims), expected each of 1…\(max(1, dims.count)) once")
        }
        guard input.rank == dims.count else {
            throw error("the input has shape \(input), expected \(dims.count) axes for dims \(dims)")
        }
        return Shape(dims.map { input[$0 - 1] })
    }

    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] { inputs }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor { input.transposed([0] + dims) }
}
