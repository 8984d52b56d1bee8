import CKernels

/// `a ← ρ a + (1 − ρ) g²; Δ = −√(d + ε) / √(a + ε) · g; d ← ρ d + (1 − ρ) Δ²; w ← w + η Δ`.
///
/// Zeiler, arXiv 1212.5701, whose η is 1.
public struct Adadelta: Optimizer {
    public static let kind = "Adadelta"
    public var schedule: any LearningRateSchedule
    public var rho: Float
    public var epsilon: Float
    public var options: OptimizerOptions

    public init(
        learningRate: any LearningRateSchedule = 0.001, rho: Float = 0.95, epsilon: Float = 1e-7,
        options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.rho = rho
        self.epsilon = epsilon
        self.options = options
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        [OptimizerSlot("accumulated_grad"), OptimizerSlot("accumulated_delta_var")]
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("rho", rho, "0 to 1", (0...1).contains(rho)), ("epsilon", epsilon, "0 or more", epsilon >= 0))
    }

    public func update(_ run: OptimizerRun) {
        millrace_adadelta(run.kernelUpdate, run.slots[0], run.slots[1], run.learningRate, rho, epsilon)
    }
}

extension Optimizer where Self == Adadelta {
    /// Adadelta with Keras's defaults.
    public static func adadelta(
        learningRate: any LearningRateSchedule = 0.001, rho: Float = 0.95, epsilon: Float = 1e-7,
        options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, rho: rho, epsilon: epsilon, options: options)
    }
}
