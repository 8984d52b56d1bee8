import Engine

/// What a weight is mapped to after each update of the optimizer.
public protocol Constraint: Sendable {
    /// Keras's class name.
    static var kind: String { get }

    /// The constrained weight, of the same shape.
    func callAsFunction(_ weight: Tensor) -> Tensor
}
