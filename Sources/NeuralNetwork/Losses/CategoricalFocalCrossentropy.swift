import Engine
import Memory

/// `−Σ α (1 − p)^γ y log p` along the axis of classes: what is right already counts less (Lin et al., 2018). α always
/// applies, as in Keras.
///
/// Probabilities are divided by their sum and clipped to [1e-7, 1 − 1e-7]; behind a softmax, and from logits, nothing is
/// clipped (Keras clips in both).
public struct CategoricalFocalCrossentropy: Loss, Hashable {
    public let alpha: Float
    public let gamma: Float
    public let fromLogits: Bool
    public let labelSmoothing: Float
    /// The axis of classes, as for `CategoricalCrossentropy`.
    public let axis: Int
    public let reduction: LossReduction
    public var name: String { "categorical_focal_crossentropy" }

    public init(
        alpha: Float = 0.25, gamma: Float = 2, fromLogits: Bool = false, labelSmoothing: Float = 0, axis: Int = -1,
        reduction: LossReduction = .sumOverBatchSize
    ) {
        self.alpha = alpha
        self.gamma = gamma
        self.fromLogits = fromLogits
        self.labelSmoothing = labelSmoothing
        self.axis = axis
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try .oneHot(prediction, axis: axis, owner: "loss \(name)")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let scores = prediction.scores(axis: axis)
        let target = target.movingToLast(axis).smoothed(labelSmoothing, classes: scores.tensor.shape.last)
        let (probability, logarithm): (Tensor, Tensor)
        if fromLogits || scores.areLogits {
            logarithm = scores.tensor.logSoftmax()
            probability = logarithm.exp()
        } else {
            let shares = scores.tensor / scores.tensor.sum(axes: [-1], keepDimensions: true)
            probability = shares.bounded(from: leastProbability, to: largestProbability)
            logarithm = probability.log()
        }
        // Rounding may leave a probability above 1.
        let wrong = probability.scaled(by: -1, offset: 1).maximum(probability.number(0))
        return (wrong.raised(to: gamma) * target * logarithm).sum(axes: [-1]).scaled(by: -alpha)
    }
}

extension Loss where Self == CategoricalFocalCrossentropy {
    /// The categorical cross-entropy that counts what is right already less.
    public static var categoricalFocalCrossentropy: Self { .init() }
    /// The categorical cross-entropy that counts what is right already less.
    public static func categoricalFocalCrossentropy(
        alpha: Float = 0.25, gamma: Float = 2, fromLogits: Bool = false, labelSmoothing: Float = 0, axis: Int = -1,
        reduction: LossReduction = .sumOverBatchSize
    ) -> Self {
        .init(
            alpha: alpha, gamma: gamma, fromLogits: fromLogits, labelSmoothing: labelSmoothing, axis: axis,
            reduction: reduction)
    }
}
