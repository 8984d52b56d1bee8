import CKernels

/// `w ← w − η sign(β₁ m + (1 − β₁) g); m ← β₂ m + (1 − β₂) g`.
///
/// Chen et al., arXiv 2302.06675.
public struct Lion: Optimizer {
    public static let kind = "Lion"
    public var schedule: any LearningRateSchedule
    public var beta1: Float
    public var beta2: Float
    public var options: OptimizerOptions

    public init(
        learningRate: any LearningRateSchedule = 0.001, beta1: Float = 0.9, beta2: Float = 0.99,
        options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.options = options
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        [OptimizerSlot("momentum")]
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("beta1", beta1, "above 0 and at most 1", beta1 > 0 && beta1 <= 1),
            ("beta2", beta2, "0 to 1", (0...1).contains(beta2)))
    }

    public func update(_ run: OptimizerRun) {
        millrace_lion(run.kernelUpdate, run.slots[0], run.learningRate, beta1, beta2)
    }
}

extension Optimizer where Self == Lion {
    /// Lion with Keras's defaults.
    public static func lion(
        learningRate: any LearningRateSchedule = 0.001, beta1: Float = 0.9, beta2: Float = 0.99,
        options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, beta1: beta1, beta2: beta2, options: options)
    }
}
