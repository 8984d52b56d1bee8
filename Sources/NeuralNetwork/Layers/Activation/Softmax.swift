import Engine
import Memory

/// Softmax along the last axis.
public final class Softmax: Layer {

    public override init(name: String = "") { super.init(name: name) }

    override public var supportsMasking: Bool { true }
    public override func outputShape(of input: Shape) -> Shape { input }
    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor { input.softmax() }
}
