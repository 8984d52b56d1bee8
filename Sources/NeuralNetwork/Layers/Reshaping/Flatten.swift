import Engine
import Memory

/// All axes of a sample as one, row-major.
public final class Flatten: Layer {

    public override init(name: String = "") { super.init(name: name) }

    public override func outputShape(of input: Shape) -> Shape { [input.elementCount] }

    public override func outputTypes(of inputs: [ScalarType]) -> [ScalarType] { inputs }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.reshaped([input.shape[0], input.shape.withoutFirst.elementCount])
    }
}
