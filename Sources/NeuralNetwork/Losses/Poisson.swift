import Engine
import Memory

/// `mean(prediction − target · log(prediction + 1e-7))` over the last axis: predictions are rates.
public struct Poisson: Loss, Hashable {
    public let reduction: LossReduction
    public var name: String { "poisson" }

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public func targets(for prediction: Shape) -> TargetSpecification { .values(prediction) }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        (prediction - target * prediction.scaled(by: 1, offset: leastProbability).log()).meanOverLast
    }
}

extension Loss where Self == Poisson {
    /// The likelihood of counts at predicted rates.
    public static var poisson: Self { .init() }
    /// The likelihood of counts at predicted rates.
    public static func poisson(reduction: LossReduction) -> Self { .init(reduction: reduction) }
}
