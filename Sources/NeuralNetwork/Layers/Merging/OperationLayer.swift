import Engine
import Memory

/// An operation of Keras on the tensors of a Functional model, such as `x * 2.0 + y`. It has no weights, and is no layer
/// to Keras: no group of a file of weights is its own.
public final class OperationLayer: Layer {
    /// What is done with two values, by Keras's class names.
    public enum Function: String, Sendable, CaseIterable {
        case add = "Add"
        case subtract = "Subtract"
        case multiply = "Multiply"
    }

    public let function: Function

    public init(_ function: Function, name: String = "") {
        self.function = function
        super.init(name: name)
    }

    override public var kind: String { function.rawValue }

    override public var autocast: Bool { false }

    override public var inputArguments: [String] { ["x1", "x2"] }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        guard inputs.count == 1 || inputs.count == 2 && inputs[0] == inputs[1] else {
            throw error("takes two tensors of one shape, or a tensor and a number, got \(inputs)")
        }
        return [inputs[0]]
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        let x = inputs[0]
        if inputs.count == 2 {
            switch function {
            case .add: return [x + inputs[1]]
            case .subtract: return [x - inputs[1]]
            case .multiply: return [x * inputs[1]]
            }
        }
        // The number, and whether it stands in front.
        let values = context.arguments.map(\.value)
        let position = values.firstIndex { $0.number != nil }
        let number = Float(position.flatMap { values[$0].number } ?? 0)
        switch function {
        case .add: return [x.scaled(by: 1, offset: number)]
        case .subtract: return [position == 0 ? x.scaled(by: -1, offset: number) : x.scaled(by: 1, offset: -number)]
        case .multiply: return [x.scaled(by: number)]
        }
    }
}
