/// `η₀ / (1 + r s / d)` after `s` updates; `s / d` is rounded down with `staircase`.
public struct InverseTimeDecay: LearningRateSchedule {
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
        return Float(
            Double(initialLearningRate) / (1 + Double(decayRate) * (staircase ? share.rounded(.down) : share)))
    }
}

extension LearningRateSchedule where Self == InverseTimeDecay {
    /// `η₀ / (1 + r s / d)` after `s` updates.
    public static func inverseTimeDecay(
        _ initialLearningRate: Float, decaySteps: Int, decayRate: Float, staircase: Bool = false
    ) -> Self {
        .init(initialLearningRate, decaySteps: decaySteps, decayRate: decayRate, staircase: staircase)
    }
}
