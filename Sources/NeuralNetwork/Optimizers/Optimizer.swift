/// How weights follow their gradients: one pass over flat memory.
public protocol Optimizer: Sendable {
    /// Keras's class name.
    static var kind: String { get }

    /// The step size; may be set before any update.
    var learningRate: Float { get set }

    /// Keras's names of the state that is kept for every weight, in the order in which files hold it.
    var slotNames: [String] { get }

    /// Updates weights from their gradients.
    ///
    /// - Parameters:
    ///   - slots: one run of memory per name in `slotNames`, as long as the weights.
    ///   - iteration: updates made before this one.
    func update(
        weights: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
        slots: UnsafeBufferPointer<UnsafeMutablePointer<Float>>, iteration: Int)
}
