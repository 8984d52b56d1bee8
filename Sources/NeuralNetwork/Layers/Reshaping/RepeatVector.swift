import Engine
import Memory

/// A vector `n` times: (features) gives (n, features).
public final class RepeatVector: Layer {
    public let n: Int

    public init(_ n: Int, name: String = "") {
        self.n = n
        super.init(name: name)
    }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard n > 0 else { throw error("n is \(n), expected a positive number") }
        guard input.rank == 1 else { throw error("the input has shape \(input), expected (features)") }
        return [n, input[0]]
    }

    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] { inputs }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let (batch, features) = (input.shape[0], input.shape[1])
        return input.reshaped([batch, 1, features]).broadcast(to: [batch, n, features])
    }
}
