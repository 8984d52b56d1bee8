import Engine
import Memory

/// Applies an activation function.
public final class Activation: Layer {
    public let function: ActivationFunction

    public init(_ function: ActivationFunction, name: String = "") {
        self.function = function
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard let shape = function.outputShape(of: input) else {
            throw error("cannot apply \(function.rawValue) to an input of shape \(input) behind the batch axis")
        }
        return shape
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor { function(input) }
}

extension Layer {
    /// The shape of an output behind the layer's own activation, which must not change it.
    func activated(_ output: Shape, _ activation: ActivationFunction) throws(ModelError) -> Shape {
        guard activation.outputShape(of: output) == output else {
            throw error(
                "activation \(activation.rawValue) cannot be applied to an output of shape \(output) so that it keeps it"
            )
        }
        return output
    }
}
