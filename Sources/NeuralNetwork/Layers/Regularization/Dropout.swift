import Engine
import Memory

/// In training, zeros with probability `rate` and `x / (1 − rate)` otherwise; in inference, `x`.
public final class Dropout: Layer {
    /// Takes effect when the next step is planned.
    public var rate: Double

    public init(_ rate: Double, name: String = "") {
        precondition((0...1).contains(rate), "Dropout: rate \(rate), expected 0…1")
        self.rate = rate
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }
    public override func outputShape(of input: Shape) -> Shape { input }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard context.isTraining && rate > 0 else { return input }
        if rate == 1 { return input.scaled(by: 0) }
        return input.dropout(rate: Float(rate), stream: context.nextStream())
    }
}
