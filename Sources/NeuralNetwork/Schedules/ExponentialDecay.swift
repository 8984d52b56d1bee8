import Glibc

/// `η₀ r^(s / d)` after `s` updates; the exponent is rounded down with `staircase`.
public struct ExponentialDecay: LearningRateSchedule {
    public var initialLearningRate: Float
    public var decaySteps: Int
    public var decayRate: Float
    public var staircase: Bool

    public init(_ initialLearningRate: Float, decaySteps: Int, decayRate: Float, staircase: Bool = false) {
        self.initialLearningRate = initialLearningRate
        self.decaySteps = decaySteps
        self.decayRate = decayRate
        self.staircase = staircase
    }

    public var problem: String? { notPositive("decaySteps", decaySteps) }

    public func learningRate(at step: Int) -> Float {
        let share = Double(step) / Double(decaySteps)
        return Float(Double(initialLearningRate) * pow(Double(decayRate), staircase ? share.rounded(.down) : share))
    }
}

extension LearningRateSchedule where Self == ExponentialDecay {
    /// `η₀ r^(s / d)` after `s` updates.
    public static func exponentialDecay(
        _ initialLearningRate: Float, decaySteps: Int, decayRate: Float, staircase: Bool = false
    ) -> Self {
        .init(initialLearningRate, decaySteps: decaySteps, decayRate: decayRate, staircase: staircase)
    }
}
