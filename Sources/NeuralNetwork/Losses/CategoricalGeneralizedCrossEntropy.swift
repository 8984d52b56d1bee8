import Engine
import Memory

/// `(1 − p[label]^q) / q`: between the cross-entropy (q → 0) and the absolute error (q = 1), for labels that may be wrong
/// (Zhang and Sabuncu, 2018). Targets are class numbers.
///
/// Behind a softmax the power is computed from the logits.
public struct CategoricalGeneralizedCrossEntropy: Loss, Hashable {
    /// Between 0 and 1.
    public let q: Float
    public let reduction: LossReduction
    public var name: String { "categorical_generalized_cross_entropy" }

    public init(q: Float = 0.5, reduction: LossReduction = .sumOverBatchSize) {
        precondition(q > 0 && q < 1, "CategoricalGeneralizedCrossEntropy: q is \(q), expected a number between 0 and 1")
        self.q = q
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try .classNumbers(prediction, axis: -1, owner: "loss \(name)")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let scores = prediction.scores
        let power: Tensor
        if scores.areLogits {
            power = scores.tensor.crossEntropy(target, .sparse, fromLogits: true).scaled(by: -q).exp()
        } else {
            let probability = (prediction * target.oneHot(depth: prediction.shape.last)).sum(axes: [-1])
            power = probability.raised(to: q)
        }
        return power.scaled(by: -1 / q, offset: 1 / q)
    }
}

extension Loss where Self == CategoricalGeneralizedCrossEntropy {
    /// A cross-entropy for labels that may be wrong.
    public static var categoricalGeneralizedCrossEntropy: Self { .init() }
    /// A cross-entropy for labels that may be wrong.
    public static func categoricalGeneralizedCrossEntropy(
        q: Float = 0.5, reduction: LossReduction = .sumOverBatchSize
    ) -> Self { .init(q: q, reduction: reduction) }
}
