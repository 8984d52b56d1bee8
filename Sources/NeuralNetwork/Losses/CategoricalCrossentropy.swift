import Engine
import Memory

/// `−Σ y log p`: predictions and targets (…, classes).
///
/// Predictions are probabilities, divided by their sum and clipped to [1e-7, 1 − 1e-7] as in Keras, or logits. Behind a
/// softmax the loss is computed from its logits without clipping.
public struct CategoricalCrossentropy: Loss, Hashable {
    public let fromLogits: Bool
    public var name: String { "categorical_crossentropy" }

    public init(fromLogits: Bool = false) { self.fromLogits = fromLogits }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        guard prediction.rank >= 1 else { throw ModelError("loss \(name): predictions have no axis of classes") }
        return TargetSpecification(
            shape: prediction, type: .float32, meaning: "one-hot rows of \(prediction.last) classes")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let scores = prediction.scores
        return scores.tensor.crossEntropy(target, .oneHot, fromLogits: fromLogits || scores.areLogits)
    }
}

extension Loss where Self == CategoricalCrossentropy {
    /// `−Σ y log p` for targets that are one-hot.
    public static var categoricalCrossentropy: Self { .init() }
    public static func categoricalCrossentropy(fromLogits: Bool) -> Self { .init(fromLogits: fromLogits) }
}
