/// Adam behind a decay of the weights that is apart from the gradient: `w ← w − λ η w`, then Adam's step.
///
/// Loshchilov and Hutter, arXiv 1711.05101.
public struct AdamW: Optimizer {
    public static let kind = "AdamW"
    public var schedule: any LearningRateSchedule
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    public var amsgrad: Bool
    public var options: OptimizerOptions

    /// - Parameter weightDecay: goes into `options`, whatever these have.
    public init(
        learningRate: any LearningRateSchedule = 0.001, weightDecay: Float = 0.004, beta1: Float = 0.9,
        beta2: Float = 0.999, epsilon: Float = 1e-7, amsgrad: Bool = false, options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.amsgrad = amsgrad
        self.options = options
        self.options.weightDecay = weightDecay
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        Adam(amsgrad: amsgrad).slots(for: variable)
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        guard options.weightDecay != nil else { return "AdamW: weightDecay is nil, expected a number; Adam has none" }
        return firstProblem(
            ("beta1", beta1, "at least 0 and below 1", (0..<1).contains(beta1)),
            ("beta2", beta2, "at least 0 and below 1", (0..<1).contains(beta2)),
            ("epsilon", epsilon, "0 or more", epsilon >= 0))
    }

    public func update(_ run: OptimizerRun) {
        run.adam(beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
    }
}

extension Optimizer where Self == AdamW {
    /// AdamW with Keras's defaults.
    public static func adamW(
        learningRate: any LearningRateSchedule = 0.001, weightDecay: Float = 0.004, beta1: Float = 0.9,
        beta2: Float = 0.999, epsilon: Float = 1e-7, amsgrad: Bool = false, options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, weightDecay: weightDecay, beta1: beta1, beta2: beta2, epsilon: epsilon,
            amsgrad: amsgrad, options: options)
    }
}
