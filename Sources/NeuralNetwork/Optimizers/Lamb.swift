import CKernels
import Glibc

/// `m` and `v` as Adam's, `r = m̂ / (√v̂ + ε)` with `m̂ = m / (1 − β₁ᵗ)` and `v̂ = v / (1 − β₂ᵗ)`, and
/// `w ← w − η ‖w‖ / ‖r‖ · r`, over the norms of the whole variable; their ratio is 1 where one of them is 0.
///
/// You et al., arXiv 1904.00962, as Keras has it: a decay is apart from the ratio.
public struct Lamb: Optimizer {
    public static let kind = "Lamb"
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
        [OptimizerSlot("momentum"), OptimizerSlot("velocity")]
    }

    public func access(to variable: OptimizerVariable) -> OptimizerAccess { .variable }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("beta1", beta1, "at least 0 and below 1", (0..<1).contains(beta1)),
            ("beta2", beta2, "at least 0 and below 1", (0..<1).contains(beta2)),
            ("epsilon", epsilon, "0 or more", epsilon >= 0))
    }

    public func update(_ run: OptimizerRun) {
        let corrections = (1 / (1 - pow(Double(beta1), run.step)), 1 / (1 - pow(Double(beta2), run.step)))
        millrace_lamb(
            run.kernelUpdate, run.slots[0], run.slots[1], run.learningRate, 1 - beta1, 1 - beta2,
            Float(corrections.0), Float(corrections.1), epsilon)
    }
}

extension Optimizer where Self == Lamb {
    /// Lamb with Keras's defaults.
    public static func lamb(
        learningRate: any LearningRateSchedule = 0.001, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-7, options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, options: options)
    }
}
