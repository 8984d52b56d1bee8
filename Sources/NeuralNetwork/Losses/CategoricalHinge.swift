import Engine
import Memory

/// `max(max((1 − target) · prediction) − Σ target · prediction + 1, 0)` over the last axis; targets are one-hot.
public struct CategoricalHinge: Loss, Hashable {
    public let reduction: LossReduction
    public var name: String { "categorical_hinge" }

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try .oneHot(prediction, axis: -1, owner: "loss \(name)")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let right = (target * prediction).sum(axes: [-1])
        let wrong = (target.scaled(by: -1, offset: 1) * prediction).max(axes: [-1])
        return (wrong - right + 1).maximum(prediction.number(0))
    }
}

extension Loss where Self == CategoricalHinge {
    /// The hinge loss between the true class and the best of the others.
    public static var categoricalHinge: Self { .init() }
    /// The hinge loss between the true class and the best of the others.
    public static func categoricalHinge(reduction: LossReduction) -> Self { .init(reduction: reduction) }
}
