import CKernels

/// Gradient descent, with momentum: `m ← μ m − η g; w ← w + m`, or nesterov: `w ← w + μ m − η g`; without: `w ← w − η g`.
public struct SGD: Optimizer {
    public static let kind = "SGD"
    public var schedule: any LearningRateSchedule
    public var momentum: Float
    public var nesterov: Bool
    public var options: OptimizerOptions

    public init(
        learningRate: any LearningRateSchedule = 0.01, momentum: Float = 0, nesterov: Bool = false,
        options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.momentum = momentum
        self.nesterov = nesterov
        self.options = options
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        momentum != 0 ? [OptimizerSlot("momentum")] : []
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(("momentum", momentum, "0 to 1", (0...1).contains(momentum)))
    }

    public func update(_ run: OptimizerRun) {
        millrace_sgd(
            run.kernelUpdate, momentum != 0 ? run.slots[0] : nil, run.learningRate, momentum, nesterov)
    }
}

extension Optimizer where Self == SGD {
    /// Gradient descent.
    public static func sgd(
        learningRate: any LearningRateSchedule = 0.01, momentum: Float = 0, nesterov: Bool = false,
        options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, momentum: momentum, nesterov: nesterov, options: options)
    }
}
