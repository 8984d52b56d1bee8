import Engine
import Memory

/// A function of one's own as a layer without weights.
///
///     Lambda { $0.square() }
///     Lambda(outputShape: { [$0[0] / 2] }) { $0.sliced(axis: 1, 0..<$0.shape[1] / 2) }
///
/// A model with such a layer cannot be saved as a `.keras` file, which holds no functions; its weights can.
public final class Lambda: Layer {
    private let shape: (Shape) throws(ModelError) -> Shape
    private let function: (Tensor) -> Tensor

    /// - Parameters:
    ///   - outputShape: the shape of the output for that of the input, both without the batch axis; by default the same.
    ///   - function: of a tensor with the batch axis in front.
    public init(
        name: String = "", outputShape: @escaping (Shape) throws(ModelError) -> Shape = { $0 },
        _ function: @escaping (Tensor) -> Tensor
    ) {
        shape = outputShape
        self.function = function
        super.init(name: name)
    }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape { try shape(input) }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let output = function(input)
        if let expected = try? shape(input.shape.withoutFirst) {
            precondition(
                output.shape == expected.prepending(input.shape[0]),
                "Lambda \(name): gives \(output.shape), outputShape says \(expected.prepending(input.shape[0]))")
        }
        return output
    }
}
