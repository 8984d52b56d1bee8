import Engine
import Memory

/// Softmax along the last axis.
public final class Softmax: Layer {
    public static let kind = "Softmax"
    public var name: String
    public var isTrainable = true

    public init(name: String = "") { self.name = name }

    public func outputShape(of input: Shape) -> Shape { input }
    public func call(_ input: Tensor, _ context: LayerContext) -> Tensor { input.softmax() }
}
