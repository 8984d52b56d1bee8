import Engine
import Memory

/// `100 · mean(|prediction − target| / max(|target|, 1e-7))` over the last axis.
public struct MeanAbsolutePercentageError: Loss, Hashable {
    public let reduction: LossReduction
    public var name: String { "mean_absolute_percentage_error" }

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public func targets(for prediction: Shape) -> TargetSpecification { .values(prediction) }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let size = target.abs().maximum(target.number(leastProbability))
        return ((target - prediction) / size).abs().meanOverLast.scaled(by: 100)
    }
}

extension Loss where Self == MeanAbsolutePercentageError {
    /// The mean of absolute differences in percent of the target.
    public static var meanAbsolutePercentageError: Self { .init() }
    /// The mean of absolute differences in percent of the target.
    public static func meanAbsolutePercentageError(reduction: LossReduction) -> Self { .init(reduction: reduction) }
}
