import Engine
import Memory

/// `mean(max(1 − target · prediction, 0)²)` over the last axis; targets are −1 and 1, or 0 and 1 as for `Hinge`.
public struct SquaredHinge: Loss, Hashable {
    public let reduction: LossReduction
    public var name: String { "squared_hinge" }

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public func targets(for prediction: Shape) -> TargetSpecification { .values(prediction) }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let margin = (target.signed * prediction).scaled(by: -1, offset: 1).maximum(prediction.number(0))
        return margin.square().meanOverLast
    }
}

extension Loss where Self == SquaredHinge {
    /// The square of the hinge loss for targets −1 and 1, or 0 and 1.
    public static var squaredHinge: Self { .init() }
    /// The square of the hinge loss for targets −1 and 1, or 0 and 1.
    public static func squaredHinge(reduction: LossReduction) -> Self { .init(reduction: reduction) }
}
