import Engine
import Memory

/// What a weight, or a layer's output, adds to the loss.
public protocol Regularizer: Sendable {
    /// Keras's class name.
    static var kind: String { get }

    /// The scalar that is added to the loss.
    func callAsFunction(_ weight: Tensor) -> Tensor

    /// Why a tensor of a shape cannot be regularized; nil when it can. Asked once, when a model is made; true of all shapes
    /// by default.
    func problem(of shape: Shape) -> String?
}

extension Regularizer {
    public func problem(of shape: Shape) -> String? { nil }
}
