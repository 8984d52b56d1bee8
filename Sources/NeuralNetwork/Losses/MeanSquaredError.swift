import Engine
import Memory

/// `mean((prediction − target)²)` over the last axis.
public struct MeanSquaredError: Loss, Hashable {
    public let reduction: LossReduction
    public var name: String { "mean_squared_error" }

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public func targets(for prediction: Shape) -> TargetSpecification { .values(prediction) }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        (prediction - target).square().meanOverLast
    }
}

extension Loss where Self == MeanSquaredError {
    /// The mean of squared differences.
    public static var meanSquaredError: Self { .init() }
    /// The mean of squared differences.
    public static func meanSquaredError(reduction: LossReduction) -> Self { .init(reduction: reduction) }
}
