import Engine
import Memory

/// `mean((log(1 + prediction) − log(1 + target))²)` over the last axis, both at least 1e-7.
public struct MeanSquaredLogarithmicError: Loss, Hashable {
    public let reduction: LossReduction
    public var name: String { "mean_squared_logarithmic_error" }

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public func targets(for prediction: Shape) -> TargetSpecification { .values(prediction) }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let least = target.number(leastProbability)
        let difference = prediction.maximum(least).log1p() - target.maximum(least).log1p()
        return difference.square().meanOverLast
    }
}

extension Loss where Self == MeanSquaredLogarithmicError {
    /// The mean of squared differences of logarithms.
    public static var meanSquaredLogarithmicError: Self { .init() }
    /// The mean of squared differences of logarithms.
    public static func meanSquaredLogarithmicError(reduction: LossReduction) -> Self { .init(reduction: reduction) }
}
