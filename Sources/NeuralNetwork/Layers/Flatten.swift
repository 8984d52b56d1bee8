import Engine
import Memory

/// All axes of a sample as one, row-major.
public final class Flatten: Layer {
    public static let kind = "Flatten"
    public var name: String
    public var isTrainable = true

    public init(name: String = "") { self.name = name }

    public func outputShape(of input: Shape) -> Shape { [input.elementCount] }

    public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.reshaped([input.shape[0], input.shape.withoutFirst.elementCount])
    }
}
