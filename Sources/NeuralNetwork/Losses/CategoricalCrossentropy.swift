import Engine
import Memory

/// `−Σ y log p` along the axis of classes; with smoothing `s` the target `y` is moved to `y (1 − s) + s / classes`.
///
/// Predictions are probabilities, divided by their sum and clipped to [1e-7, 1 − 1e-7] as in Keras, or logits. Behind a
/// softmax the loss is computed from its logits without clipping.
public struct CategoricalCrossentropy: Loss, Hashable {
    public let fromLogits: Bool
    /// `s`, from 0 (as given) to 1 (uniform).
    public let labelSmoothing: Float
    /// The axis of classes, as Keras counts axes: the batch is 0, negative ones count from the last. Smoothing is divided by
    /// its extent (Keras's by that of the last axis, whichever is chosen).
    public let axis: Int
    public let reduction: LossReduction
    public var name: String { "categorical_crossentropy" }

    public init(
        fromLogits: Bool = false, labelSmoothing: Float = 0, axis: Int = -1,
        reduction: LossReduction = .sumOverBatchSize
    ) {
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
        return scores.tensor.crossEntropy(target, .oneHot, fromLogits: fromLogits || scores.areLogits)
    }
}

extension Loss where Self == CategoricalCrossentropy {
    /// `−Σ y log p` for targets that are one-hot.
    public static var categoricalCrossentropy: Self { .init() }
    /// `−Σ y log p` for targets that are one-hot.
    public static func categoricalCrossentropy(
        fromLogits: Bool = false, labelSmoothing: Float = 0, axis: Int = -1,
        reduction: LossReduction = .sumOverBatchSize
    ) -> Self { .init(fromLogits: fromLogits, labelSmoothing: labelSmoothing, axis: axis, reduction: reduction) }
}
