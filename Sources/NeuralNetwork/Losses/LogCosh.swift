import Engine
import Memory

/// `mean(log(cosh(prediction − target)))` over the last axis: half the square of small differences, the absolute value of
/// large ones less log 2.
public struct LogCosh: Loss, Hashable {
    public let reduction: LossReduction
    public var name: String { "log_cosh" }

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public func targets(for prediction: Shape) -> TargetSpecification { .values(prediction) }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let error = prediction - target
        return (error + error.scaled(by: -2).softplus()).scaled(by: 1, offset: -0.693_147_18).meanOverLast
    }
}

extension Loss where Self == LogCosh {
    /// The mean of the logarithm of the hyperbolic cosine of differences.
    public static var logCosh: Self { .init() }
    /// The mean of the logarithm of the hyperbolic cosine of differences.
    public static func logCosh(reduction: LossReduction) -> Self { .init(reduction: reduction) }
}
