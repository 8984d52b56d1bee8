import CKernels

/// `λ = l₂ + β / 2η; n' = n + g²; z ← z + g + 2 s w − (n'⁻ᵖ − n⁻ᵖ) / η · w; n ← n'`, and
/// `w ← (clip(z, ±l₁) − z) / (n'⁻ᵖ / η + 2 λ)`.
///
/// McMahan et al., 2013, with online l₂ and shrinkage `s`.
public struct Ftrl: Optimizer {
    public static let kind = "Ftrl"
    public var schedule: any LearningRateSchedule
    public var learningRatePower: Float
    public var initialAccumulatorValue: Float
    public var l1RegularizationStrength: Float
    public var l2RegularizationStrength: Float
    public var l2ShrinkageRegularizationStrength: Float
    public var beta: Float
    public var options: OptimizerOptions

    public init(
        learningRate: any LearningRateSchedule = 0.001, learningRatePower: Float = -0.5,
        initialAccumulatorValue: Float = 0.1, l1RegularizationStrength: Float = 0,
        l2RegularizationStrength: Float = 0, l2ShrinkageRegularizationStrength: Float = 0, beta: Float = 0,
        options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.learningRatePower = learningRatePower
        self.initialAccumulatorValue = initialAccumulatorValue
        self.l1RegularizationStrength = l1RegularizationStrength
        self.l2RegularizationStrength = l2RegularizationStrength
        self.l2ShrinkageRegularizationStrength = l2ShrinkageRegularizationStrength
        self.beta = beta
        self.options = options
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        [OptimizerSlot("accumulator", initialValue: initialAccumulatorValue), OptimizerSlot("linear")]
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("initialAccumulatorValue", initialAccumulatorValue, "0 or more", initialAccumulatorValue >= 0),
            ("learningRatePower", learningRatePower, "0 or less", learningRatePower <= 0),
            ("l1RegularizationStrength", l1RegularizationStrength, "0 or more", l1RegularizationStrength >= 0),
            ("l2RegularizationStrength", l2RegularizationStrength, "0 or more", l2RegularizationStrength >= 0),
            (
                "l2ShrinkageRegularizationStrength", l2ShrinkageRegularizationStrength, "0 or more",
                l2ShrinkageRegularizationStrength >= 0
            ))
    }

    public func update(_ run: OptimizerRun) {
        let rate = run.learningRate
        millrace_ftrl(
            run.kernelUpdate, run.slots[0], run.slots[1],
            millrace_ftrl(
                rate: rate, power: learningRatePower, l1: l1RegularizationStrength,
                l2: l2RegularizationStrength + beta / (2 * rate), shrinkage: l2ShrinkageRegularizationStrength))
    }
}

extension Optimizer where Self == Ftrl {
    /// Ftrl with Keras's defaults.
    public static func ftrl(
        learningRate: any LearningRateSchedule = 0.001, learningRatePower: Float = -0.5,
        initialAccumulatorValue: Float = 0.1, l1RegularizationStrength: Float = 0,
        l2RegularizationStrength: Float = 0, l2ShrinkageRegularizationStrength: Float = 0, beta: Float = 0,
        options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, learningRatePower: learningRatePower,
            initialAccumulatorValue: initialAccumulatorValue, l1RegularizationStrength: l1RegularizationStrength,
            l2RegularizationStrength: l2RegularizationStrength,
            l2ShrinkageRegularizationStrength: l2ShrinkageRegularizationStrength, beta: beta, options: options)
    }
}
