import Glibc

/// Half cosines behind each other, the first over `firstDecaySteps`, each over `tMul` times the steps and from `mMul` times
/// the step size of the one before: `η₀ ((1 − α) ½ mⁱ (1 + cos π f) + α)` at the share `f` of cosine `i`.
///
/// Loshchilov and Hutter, arXiv 1608.03983.
public struct CosineDecayRestarts: LearningRateSchedule {
    public var initialLearningRate: Float
    public var firstDecaySteps: Int
    public var tMul: Float
    public var mMul: Float
    /// The least step size as a share of the first.
    public var alpha: Float

    public init(
        _ initialLearningRate: Float, firstDecaySteps: Int, tMul: Float = 2, mMul: Float = 1, alpha: Float = 0
    ) {
        self.initialLearningRate = initialLearningRate
        self.firstDecaySteps = firstDecaySteps
        self.tMul = tMul
        self.mMul = mMul
        self.alpha = alpha
    }

    public var problem: String? {
        notPositive("firstDecaySteps", firstDecaySteps)
            ?? (tMul >= 1 ? nil : "CosineDecayRestarts: tMul is \(tMul), expected 1 or more")
    }

    public func learningRate(at step: Int) -> Float {
        // Cosines of one length in turns, or of growing lengths one after the other: there are few of these.
        var share = Double(step) / Double(firstDecaySteps)
        var cosine = 0.0
        if tMul == 1 {
            cosine = share.rounded(.down)
            share -= cosine
        } else {
            var length = 1.0
            while share >= length {
                share -= length
                length *= Double(tMul)
                cosine += 1
            }
            share /= length
        }
        let wave = 0.5 * pow(Double(mMul), cosine) * (1 + cos(.pi * share))
        return Float(Double(initialLearningRate) * ((1 - Double(alpha)) * wave + Double(alpha)))
    }
}

extension LearningRateSchedule where Self == CosineDecayRestarts {
    /// Half cosines behind each other, of growing length.
    public static func cosineDecayRestarts(
        _ initialLearningRate: Float, firstDecaySteps: Int, tMul: Float = 2, mMul: Float = 1, alpha: Float = 0
    ) -> Self {
        .init(initialLearningRate, firstDecaySteps: firstDecaySteps, tMul: tMul, mMul: mMul, alpha: alpha)
    }
}
