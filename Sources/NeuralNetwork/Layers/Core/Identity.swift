import Engine
import Memory

/// Its inputs, unchanged.
public final class Identity: Layer {
    override public var supportsMasking: Bool { true }

    override public func outputShapes(of inputs: [Shape]) -> [Shape] { inputs }
    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] { inputs }
    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] { inputs }

    override public func outputMasks(
        _ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext
    ) -> [Tensor?] {
        context.masks
    }
}
