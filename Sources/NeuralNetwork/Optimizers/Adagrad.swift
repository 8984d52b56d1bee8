import CKernels

/// `a ← a + g²; w ← w − η g / √(a + ε)`.
///
/// Duchi, Hazan and Singer, 2011.
public struct Adagrad: Optimizer {
    public static let kind = "Adagrad"
    public var schedule: any LearningRateSchedule
    public var initialAccumulatorValue: Float
    public var epsilon: Float
    public var options: OptimizerOptions

    public init(
        learningRate: any LearningRateSchedule = 0.001, initialAccumulatorValue: Float = 0.1, epsilon: Float = 1e-7,
        options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.initialAccumulatorValue = initialAccumulatorValue
        self.epsilon = epsilon
        self.options = options
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        [OptimizerSlot("accumulator", initialValue: initialAccumulatorValue)]
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("initialAccumulatorValue", initialAccumulatorValue, "0 or more", initialAccumulatorValue >= 0),
            ("epsilon", epsilon, "0 or more", epsilon >= 0))
    }

    public func update(_ run: OptimizerRun) {
        millrace_adagrad(run.kernelUpdate, run.slots[0], run.learningRate, epsilon)
    }
}

extension Optimizer where Self == Adagrad {
    /// Adagrad with Keras's defaults.
    public static func adagrad(
        learningRate: any LearningRateSchedule = 0.001, initialAccumulatorValue: Float = 0.1, epsilon: Float = 1e-7,
        options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, initialAccumulatorValue: initialAccumulatorValue, epsilon: epsilon,
            options: options)
    }
}
