import Engine
import Memory

/// `−log p[label]`: predictions (…, classes), targets are class numbers (…).
///
/// Predictions are probabilities, divided by their sum and clipped to [1e-7, 1 − 1e-7] as in Keras, or logits. Behind a
/// softmax the loss is computed from its logits without clipping.
public struct SparseCategoricalCrossentropy: Loss, Hashable {
    public let fromLogits: Bool
    public var name: String { "sparse_categorical_crossentropy" }

    public init(fromLogits: Bool = false) { self.fromLogits = fromLogits }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        guard prediction.rank >= 1 else { throw ModelError("loss \(name): predictions have no axis of classes") }
        return TargetSpecification(
            shape: Shape(Array(prediction.dimensions.dropLast())), type: .int32,
            meaning: "class numbers 0 to \(prediction.last - 1)")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let scores = prediction.scores
        return scores.tensor.crossEntropy(target, .sparse, fromLogits: fromLogits || scores.areLogits)
    }
}

extension Loss where Self == SparseCategoricalCrossentropy {
    /// `−log p[label]` for targets that are class numbers.
    public static var sparseCategoricalCrossentropy: Self { .init() }
    public static func sparseCategoricalCrossentropy(fromLogits: Bool) -> Self { .init(fromLogits: fromLogits) }
}
