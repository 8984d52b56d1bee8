import Engine
import Memory

/// `scale · x + offset`.
public final class Rescaling: Layer {
    public let scale: Double
    public let offset: Double

    public init(_ scale: Double, offset: Double = 0, name: String = "") {
        self.scale = scale
        self.offset = offset
        super.init(name: name)
    }

    public override func outputShape(of input: Shape) -> Shape { input }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.scaled(by: Float(scale), offset: Float(offset))
    }
}
