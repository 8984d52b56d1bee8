import Engine
import Memory

/// `√(Σ w (prediction − target)² / Σ w)` over all values of an epoch.
public struct RootMeanSquaredError: MeanMetric, Hashable {
    public let name: String

    public init(name: String = "root_mean_squared_error") { self.name = name }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        guard prediction.shape.elementCount == target.shape.elementCount else {
            throw ModelError(
                "metric \(name): expects targets like the predictions, of shape \(prediction.shape.withoutFirst), the output's "
                    + "targets have shape \(target.shape.withoutFirst)")
        }
        return (prediction - target.casted(to: .float32).reshaped(prediction.shape)).square()
    }

    public func results(_ sums: MetricSums) -> [Double] { [quotient(sums.scalar(0), sums.scalar(1)).squareRoot()] }

    public var isBetterWhenLarger: Bool? { false }
}

extension Metric where Self == RootMeanSquaredError {
    /// The root of the mean of squared differences.
    public static var rootMeanSquaredError: Self { .init() }
}
