import Engine
import Memory

/// A layer on each step of a sequence (batch, time, …), with the same weights at all steps.
public final class TimeDistributed: Layer {
    public let layer: Layer

    public init(_ layer: Layer, name: String = "") {
        self.layer = layer
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard input.rank >= 2 else {
            throw error("the input has shape \(input), expected (time, …) with two axes or more")
        }
        let outputs = try layer.outputShapes(of: [input.withoutFirst])
        guard outputs.count == 1 else {
            throw error("the layer \(layer.kind) has \(outputs.count) outputs, expected one")
        }
        return outputs[0].prepending(input[0])
    }

    override public func sublayers(for inputs: [Shape]) -> [Sublayer] {
        [Sublayer("layer", layer, inputs: [inputs[0].withoutFirst])]
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let (batch, time, step) = (input.shape[0], input.shape[1], input.shape.withoutFirst.withoutFirst)
        let mask = (context.masks.first ?? nil).flatMap { innerMask($0, step) }
        func shape(_ rest: Shape) -> Shape { Shape([batch, time] + rest.dimensions) }
        if !context.isTraining || !Self.hasStatistics(layer, [step]) {
            // All steps of all samples are rows of one batch.
            let rows = input.reshaped(step.prepending(batch * time))
            let ofRows = mask.map { $0.reshaped($0.shape.withoutFirst.withoutFirst.prepending(batch * time)) }
            let output = context.call(layer, [rows], masks: [ofRows])[0]
            return output.reshaped(shape(output.shape.withoutFirst))
        }
        // Statistics are of one step at a time.
        let outputs = (0..<time).map { index in
            let rows = input.sliced(axis: 1, index..<index + 1).reshaped(step.prepending(batch))
            let ofRows = mask.map {
                $0.sliced(axis: 1, index..<index + 1).reshaped($0.shape.withoutFirst.withoutFirst.prepending(batch))
            }
            let output = context.call(layer, [rows], masks: [ofRows])[0]
            return output.reshaped(Shape([batch, 1] + output.shape.withoutFirst.dimensions))
        }
        return .concatenate(outputs, axis: 1)
    }

    /// A mask that says something about a step, where the layer may use it.
    private func innerMask(_ mask: Tensor, _ step: Shape) -> Tensor? {
        guard !(layer is OperationLayer) else { return nil }
        return mask.shape.rank > 2 || mask.shape.rank == 2 && step.rank == 1 ? mask : nil
    }

    /// Whether a layer, or one within it, has parameters of its own that are not trained.
    private static func hasStatistics(_ layer: Layer, _ inputs: [Shape]) -> Bool {
        layer.parameters(for: inputs).contains { !$0.isTrainable }
            || layer.sublayers(for: inputs).contains { hasStatistics($0.layer, $0.inputs) }
    }
}
