import Glibc

/// Half a cosine from the step size down to `alpha` of it, behind a linear warm-up where there is a target:
/// `η₀ + (ηₜ − η₀) s / w` while `s < w`, then `ηₜ ((1 − α) ½ (1 + cos π (s − w) / d) + α)`.
///
/// `decaySteps` do not count the warm-up. Loshchilov and Hutter, arXiv 1608.03983.
public struct CosineDecay: LearningRateSchedule {
    public var initialLearningRate: Float
    public var decaySteps: Int
    /// The last step size as a share of the largest.
    public var alpha: Float
    /// Where the warm-up ends; nil for none.
    public var warmupTarget: Float?
    public var warmupSteps: Int

    public init(
        _ initialLearningRate: Float, decaySteps: Int, alpha: Float = 0, warmupTarget: Float? = nil,
        warmupSteps: Int = 0
    ) {
        self.initialLearningRate = initialLearningRate
        self.decaySteps = decaySteps
        self.alpha = alpha
        self.warmupTarget = warmupTarget
        self.warmupSteps = warmupSteps
    }

    public var problem: String? {
        notPositive("decaySteps", decaySteps)
            ?? (warmupSteps < 0 ? "CosineDecay: warmupSteps is \(warmupSteps), expected 0 or more" : nil)
    }

    public func learningRate(at step: Int) -> Float {
        guard let warmupTarget else { return decayed(initialLearningRate, step) }
        guard step < warmupSteps else { return decayed(warmupTarget, step - warmupSteps) }
        let (start, end) = (Double(initialLearningRate), Double(warmupTarget))
        return Float(start + (end - start) * Double(step) / Double(warmupSteps))
    }

    private func decayed(_ start: Float, _ step: Int) -> Float {
        let share = Double(min(step, decaySteps)) / Double(decaySteps)
        return Float(
            Double(start) * ((1 - Double(alpha)) * 0.5 * (1 + cos(.pi * share)) + Double(alpha)))
    }
}

extension LearningRateSchedule where Self == CosineDecay {
    /// Half a cosine down to `alpha` of the step size, behind a linear warm-up where there is a target.
    public static func cosineDecay(
        _ initialLearningRate: Float, decaySteps: Int, alpha: Float = 0, warmupTarget: Float? = nil,
        warmupSteps: Int = 0
    ) -> Self {
        .init(
            initialLearningRate, decaySteps: decaySteps, alpha: alpha, warmupTarget: warmupTarget,
            warmupSteps: warmupSteps)
    }
}
