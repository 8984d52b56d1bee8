import CKernels
import Glibc

/// `m ← m + (g − m)(1 − β₁); v ← v + (g² − v)(1 − β₂); w ← w − α m / (√v + ε)` with `α = η √(1 − β₂ᵗ) / (1 − β₁ᵗ)`.
///
/// Kingma and Ba, arXiv 1412.6980, as Keras has it: ε is added to the uncorrected √v. With amsgrad (Reddi et al., 2018) the
/// largest `v` so far stands for `v`, uncorrected, too.
public struct Adam: Optimizer {
    public static let kind = "Adam"
    public var schedule: any LearningRateSchedule
    public var beta1: Float
    public var beta2: Float
    public var epsilon: Float
    public var amsgrad: Bool
    public var options: OptimizerOptions

    public init(
        learningRate: any LearningRateSchedule = 0.001, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-7, amsgrad: Bool = false, options: OptimizerOptions = .init()
    ) {
        schedule = learningRate
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.amsgrad = amsgrad
        self.options = options
    }

    public func slots(for variable: OptimizerVariable) -> [OptimizerSlot] {
        let moments = [OptimizerSlot("momentum"), OptimizerSlot("velocity")]
        return amsgrad ? moments + [OptimizerSlot("velocity_hat", group: 1)] : moments
    }

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("beta1", beta1, "at least 0 and below 1", (0..<1).contains(beta1)),
            ("beta2", beta2, "at least 0 and below 1", (0..<1).contains(beta2)),
            ("epsilon", epsilon, "0 or more", epsilon >= 0))
    }

    public func update(_ run: OptimizerRun) {
        run.adam(beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad)
    }
}

extension Optimizer where Self == Adam {
    /// Adam with Keras's defaults.
    public static func adam(
        learningRate: any LearningRateSchedule = 0.001, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-7, amsgrad: Bool = false, options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, amsgrad: amsgrad,
            options: options)
    }
}

extension OptimizerRun {
    /// Adam's update; slots are momentum, velocity and, with amsgrad, the largest velocity.
    func adam(beta1: Float, beta2: Float, epsilon: Float, amsgrad: Bool = false, rateFactor: Float = 1) {
        let correction = (1 - pow(Double(beta2), step)).squareRoot() / (1 - pow(Double(beta1), step))
        millrace_adam(
            kernelUpdate, slots[0], slots[1], amsgrad ? slots[2] : nil, learningRate * rateFactor * Float(correction),
            1 - beta1, 1 - beta2, epsilon)
    }
}
