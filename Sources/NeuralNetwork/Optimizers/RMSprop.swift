import CKernels

/// `v ← ρ v + (1 − ρ) g²; d = η g / √(v + ε); w ← w − d`, with momentum: `m ← μ m + d; w ← w − m`.
///
/// Centred: `a ← ρ a + (1 − ρ) g`, and `v − a²` stands for `v` in the root. Tieleman and Hinton, 2012, with Keras's ε inside of
/// the root.
public struct RMSprop: Optimizer {
    public static let kind = "RMSprop"
    public var schedule: any LearningRateSchedule
    public var rho: Float
    public var momentum: Float
    public var epsilon: Float
    public var centered: Bool
    public var options: OptimizerOptions

    public init(
        learningRate: any LearningRateSchedule = 0.001, rho: Float = 0.9, momentum: Float = 0, epsilon: Float = 1e-7,
        centered: Bool = false, options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.rho = rho
        self.momentum = momentum
        self.epsilon = epsilon
        self.centered = centered
        self.options = options
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        [OptimizerSlot("velocity")] + (momentum > 0 ? [OptimizerSlot("momentum", group: 1)] : [])
            + (centered ? [OptimizerSlot("average_gradient", group: 2)] : [])
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("rho", rho, "0 to 1", (0...1).contains(rho)),
            ("momentum", momentum, "0 to 1", (0...1).contains(momentum)),
            ("epsilon", epsilon, "0 or more", epsilon >= 0))
    }

    public func update(_ run: OptimizerRun) {
        let (hasMomentum, slots) = (momentum > 0, run.slots)
        millrace_rmsprop(
            run.kernelUpdate, slots[0], hasMomentum ? slots[1] : nil, centered ? slots[hasMomentum ? 2 : 1] : nil,
            run.learningRate, rho, momentum, epsilon)
    }
}

extension Optimizer where Self == RMSprop {
    /// RMSprop with Keras's defaults.
    public static func rmsProp(
        learningRate: any LearningRateSchedule = 0.001, rho: Float = 0.9, momentum: Float = 0, epsilon: Float = 1e-7,
        centered: Bool = false, options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, rho: rho, momentum: momentum, epsilon: epsilon, centered: centered,
            options: options)
    }
}
