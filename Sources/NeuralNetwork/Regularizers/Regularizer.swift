import Engine

/// What a weight, or a layer's output, adds to the loss.
public protocol Regularizer: Sendable {
    /// Keras's class name.
    static var kind: String { get }

    /// The scalar that is added to the loss.
    func callAsFunction(_ weight: Tensor) -> Tensor
}
