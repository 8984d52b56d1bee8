import CKernels
import Glibc

/// Gradients move a sequence `z`, and the weights lie between it and its mean `x`: `v ← v + (g² − v)(1 − β₂)`,
/// `z' = z − η g / (√(v / (1 − β₂ᵗ)) + ε)`, `x ← (1 − 1/t) x + z' / t`, `w = (1 − β₁) z' + β₁ x`.
///
/// Defazio et al., arXiv 2405.15682, as Keras has it: the step grows over `warmupSteps`, and the mean weighs all steps alike.
public struct ScheduleFreeAdamW: Optimizer {
    public static let kind = "ScheduleFreeAdamW"
    public var schedule: any LearningRateSchedule
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    public var warmupSteps: Int
    public var options: OptimizerOptions

    public init(
        learningRate: any LearningRateSchedule = 0.0025, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-8, warmupSteps: Int = 0, options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.warmupSteps = warmupSteps
        self.options = options
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        [OptimizerSlot("momentum", beginsAsWeights: true), OptimizerSlot("velocity")]
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("beta1", beta1, "above 0 and at most 1", beta1 > 0 && beta1 <= 1),
            ("beta2", beta2, "at least 0 and below 1", (0..<1).contains(beta2)),
            ("epsilon", epsilon, "0 or more", epsilon >= 0),
            ("warmupSteps", Float(warmupSteps), "0 or more", warmupSteps >= 0))
    }

    public func update(_ run: OptimizerRun) {
        let warmup = warmupSteps > 0 ? min(run.step / Double(warmupSteps), 1) : 1
        millrace_schedule_free(
            run.kernelUpdate, run.slots[0], run.slots[1], run.learningRate * Float(warmup), beta1, 1 - beta2,
            Float(1 / (1 - pow(Double(beta2), run.step))), Float(1 / run.step), epsilon)
    }
}

extension Optimizer where Self == ScheduleFreeAdamW {
    /// ScheduleFreeAdamW with Keras's defaults.
    public static func scheduleFreeAdamW(
        learningRate: any LearningRateSchedule = 0.0025, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-8, warmupSteps: Int = 0, options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, warmupSteps: warmupSteps,
            options: options)
    }
}
