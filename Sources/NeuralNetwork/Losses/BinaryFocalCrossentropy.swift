import Engine
import Memory

/// The binary cross-entropy times `(1 − p_t)^γ`, `p_t` being the probability of the true class, so that what is right
/// already counts less (Lin et al., 2018); the mean along an axis.
///
/// With class balancing also times α for class 1 and 1 − α for class 0. Behind a sigmoid, and from logits, nothing is
/// clipped (Keras clips the probability in both).
public struct BinaryFocalCrossentropy: Loss, Hashable {
    public let appliesClassBalancing: Bool
    public let alpha: Float
    public let gamma: Float
    public let fromLogits: Bool
    public let labelSmoothing: Float
    /// What the mean is taken over, as Keras counts axes.
    public let axis: Int
    public let reduction: LossReduction
    public var name: String { "binary_focal_crossentropy" }

    public init(
        appliesClassBalancing: Bool = false, alpha: Float = 0.25, gamma: Float = 2, fromLogits: Bool = false,
        labelSmoothing: Float = 0, axis: Int = -1, reduction: LossReduction = .sumOverBatchSize
    ) {
        self.appliesClassBalancing = appliesClassBalancing
        self.alpha = alpha
        self.gamma = gamma
        self.fromLogits = fromLogits
        self.labelSmoothing = labelSmoothing
        self.axis = axis
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try BinaryCrossentropy(axis: axis).targets(for: prediction)
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let target = target.smoothed(labelSmoothing, classes: 2)
        let other = target.scaled(by: -1, offset: 1)
        let scores = BinaryScores(prediction, fromLogits: fromLogits)
        let wrong = target * scores.probability.scaled(by: -1, offset: 1) + other * scores.probability
        var losses = wrong.raised(to: gamma) * scores.crossEntropy(target)
        if appliesClassBalancing { losses = losses * target.scaled(by: 2 * alpha - 1, offset: 1 - alpha) }
        return losses.shape.rank > 1 ? losses.mean(axes: [axis]) : losses
    }
}

extension Loss where Self == BinaryFocalCrossentropy {
    /// The binary cross-entropy that counts what is right already less.
    public static var binaryFocalCrossentropy: Self { .init() }
    /// The binary cross-entropy that counts what is right already less.
    public static func binaryFocalCrossentropy(
        appliesClassBalancing: Bool = false, alpha: Float = 0.25, gamma: Float = 2, fromLogits: Bool = false,
        labelSmoothing: Float = 0, axis: Int = -1, reduction: LossReduction = .sumOverBatchSize
    ) -> Self {
        .init(
            appliesClassBalancing: appliesClassBalancing, alpha: alpha, gamma: gamma, fromLogits: fromLogits,
            labelSmoothing: labelSmoothing, axis: axis, reduction: reduction)
    }
}
