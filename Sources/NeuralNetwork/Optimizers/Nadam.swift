import CKernels
import Glibc

/// Adam with Nesterov's momentum: `uₜ = β₁ (1 − ½ · 0.96ᵗ)`, `U ← U uₜ` from 1, `m` and `v` as Adam's,
/// `m̂ = uₜ₊₁ m / (1 − U uₜ₊₁) + (1 − uₜ) g / (1 − U)`, `v̂ = v / (1 − β₂ᵗ)`, `w ← w − η m̂ / (√v̂ + ε)`.
///
/// Dozat, 2016.
public struct Nadam: Optimizer {
    public static let kind = "Nadam"
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

    public var appliesRule: Bool { true }

    public var problem: String? {
        firstProblem(
            ("beta1", beta1, "at least 0 and below 1", (0..<1).contains(beta1)),
            ("beta2", beta2, "at least 0 and below 1", (0..<1).contains(beta2)),
            ("epsilon", epsilon, "0 or more", epsilon >= 0))
    }

    /// The product of all `uₜ` so far.
    public var numbers: [Float] { [1] }

    public func begin(_ numbers: inout [Float], iteration: Int) {
        numbers[0] *= Float(momentum(at: Double(iteration + 1)))
    }

    /// `uₜ`.
    private func momentum(at step: Double) -> Double { Double(beta1) * (1 - 0.5 * pow(0.96, step)) }

    public func update(_ run: OptimizerRun) {
        let (now, next) = (momentum(at: run.step), momentum(at: run.step + 1))
        let product = Double(run.numbers[0])
        millrace_nadam(
            run.kernelUpdate, run.slots[0], run.slots[1], run.learningRate, 1 - beta1, 1 - beta2,
            Float(next / (1 - product * next)), Float((1 - now) / (1 - product)),
            Float(1 / (1 - pow(Double(beta2), run.step))), epsilon)
    }
}

extension Optimizer where Self == Nadam {
    /// Nadam with Keras's defaults.
    public static func nadam(
        learningRate: any LearningRateSchedule = 0.001, beta1: Float = 0.9, beta2: Float = 0.999,
        epsilon: Float = 1e-7, options: OptimizerOptions = .init()
    ) -> Self {
        .init(
            learningRate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon, options: options)
    }
}
