import Engine
import Memory

/// The functions that a layer may apply to its output, by Keras's names.
public enum ActivationFunction: String, Sendable, CaseIterable {
    case linear, relu, sigmoid, tanh, softmax

    /// Whether each element of the output depends on the element at the same place alone.
    var isElementwise: Bool { self != .softmax }

    /// The function on a tensor. Softmax is along the last axis.
    public func callAsFunction(_ input: Tensor) -> Tensor {
        switch self {
        case .linear: input
        case .relu: input.relu()
        case .sigmoid: input.sigmoid()
        case .tanh: input.tanh()
        case .softmax: input.softmax()
        }
    }
}

/// Applies an activation function.
public final class Activation: Layer {
    public let function: ActivationFunction

    public init(_ function: ActivationFunction, name: String = "") {
        self.function = function
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }
    public override func outputShape(of input: Shape) -> Shape { input }
    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor { function(input) }
}
