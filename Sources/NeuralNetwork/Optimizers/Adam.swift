import CKernels
import Glibc

/// `m ← m + (g − m)(1 − β₁); v ← v + (g² − v)(1 − β₂); w ← w − α m / (√v + ε)` with `α = η √(1 − β₂ᵗ) / (1 − β₁ᵗ)`.
///
/// Kingma and Ba, arXiv 1412.6980, as Keras has it: ε is added to the uncorrected √v.
public struct Adam: Optimizer {
    public static let kind = "Adam"
    public var learningRate: Float
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float

    public init(learningRate: Float = 0.001, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-7) {
        self.learningRate = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
    }

    public var slotNames: [String] { ["momentum", "velocity"] }

    public func update(
        weights: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
        slots: UnsafeBufferPointer<UnsafeMutablePointer<Float>>, iteration: Int
    ) {
        let step = Double(iteration + 1)
        let correction = (1 - pow(Double(beta2), step)).squareRoot() / (1 - pow(Double(beta1), step))
        millrace_adam(
            weights.baseAddress, gradients.baseAddress, slots[0], slots[1], weights.count,
            learningRate * Float(correction), 1 - beta1, 1 - beta2, epsilon)
    }
}

extension Optimizer where Self == Adam {
    /// Adam with Keras's defaults.
    public static func adam(
        learningRate: Float = 0.001, beta1: Float = 0.9, beta2: Float = 0.999, epsilon: Float = 1e-7
    ) -> Self {
        .init(learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon)
    }
}
