import Engine
import Memory

/// `mean(|prediction − target|)` over the last axis.
public struct MeanAbsoluteError: Loss, Hashable {
    public let reduction: LossReduction
    public var name: String { "mean_absolute_error" }

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public func targets(for prediction: Shape) -> TargetSpecification { .values(prediction) }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        (prediction - target).abs().meanOverLast
    }
}

extension Loss where Self == MeanAbsoluteError {
    /// The mean of absolute differences.
    public static var meanAbsoluteError: Self { .init() }
    /// The mean of absolute differences.
    public static func meanAbsoluteError(reduction: LossReduction) -> Self { .init(reduction: reduction) }
}
