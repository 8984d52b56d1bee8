import Glibc

/// `(η₀ − η₁)(1 − s / d)^p + η₁` after `s` updates, `η₁` from `d` on. With `cycle`, `d` grows to the next multiple of itself
/// that `s` has not passed, and the step size rises again.
public struct PolynomialDecay: LearningRateSchedule {
    public var initialLearningRate: Float
    public var decaySteps: Int
    public var endLearningRate: Float
    public var power: Float
    public var cycle: Bool

    public init(
        _ initialLearningRate: Float, decaySteps: Int, endLearningRate: Float = 1e-4, power: Float = 1,
        cycle: Bool = false
    ) {
        self.initialLearningRate = initialLearningRate
        self.decaySteps = decaySteps
        self.endLearningRate = endLearningRate
        self.power = power
        self.cycle = cycle
    }

    public var problem: String? { notPositive("decaySteps", decaySteps) }

    public func learningRate(at step: Int) -> Float {
        var (step, steps) = (Double(step), Double(decaySteps))
        if cycle {
            steps *= step == 0 ? 1 : (step / steps).rounded(.up)
        } else {
            step = min(step, steps)
        }
        let (start, end) = (Double(initialLearningRate), Double(endLearningRate))
        return Float((start - end) * pow(1 - step / steps, Double(power)) + end)
    }
}

extension LearningRateSchedule where Self == PolynomialDecay {
    /// `(η₀ − η₁)(1 − s / d)^p + η₁` after `s` updates.
    public static func polynomialDecay(
        _ initialLearningRate: Float, decaySteps: Int, endLearningRate: Float = 1e-4, power: Float = 1,
        cycle: Bool = false
    ) -> Self {
        .init(
            initialLearningRate, decaySteps: decaySteps, endLearningRate: endLearningRate, power: power, cycle: cycle)
    }
}
