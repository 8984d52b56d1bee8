import CKernels
import Glibc

/// `m ← m + (g − m)(1 − β₁); u ← max(β₂ u, |g|); w ← w − η m / ((1 − β₁ᵗ)(u + ε))`.
///
/// Kingma and Ba, arXiv 1412.6980, section 7.1.
public struct Adamax: Optimizer {
    public static let kind = "Adamax"
    public var schedule: any LearningRateSchedule
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    public var options: OptimizerOptions

    public init(
        learningRate: any LearningRateSchedule = 0.001, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-7, options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.options = options
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        [OptimizerSlot("momentum"), OptimizerSlot("norm")]
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("beta1", beta1, "at least 0 and below 1", (0..<1).contains(beta1)),
            ("beta2", beta2, "at least 0 and below 1", (0..<1).contains(beta2)),
            ("epsilon", epsilon, "0 or more", epsilon >= 0))
    }

    public func update(_ run: OptimizerRun) {
        let rate = Double(run.learningRate) / (1 - pow(Double(beta1), run.step))
        millrace_adamax(run.kernelUpdate, run.slots[0], run.slots[1], Float(rate), 1 - beta1, beta2, epsilon)
    }
}

extension Optimizer where Self == Adamax {
    /// Adamax with Keras's defaults.
    public static func adamax(
        learningRate: any LearningRateSchedule = 0.001, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-7, options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, options: options)
    }
}
