import Engine
import Memory

/// The coefficient of determination, `1 − Σ w (y − p)² / Σ w (y − ȳ)²`, of each output along the last axis.
///
/// An output that does not vary and is not met counts as 0. With `numRegressors` the figure is adjusted:
/// `1 − (1 − R²) (n − 1) / (n − numRegressors − 1)`, n being the number of target values (of all outputs, as in Keras), as long as
/// there are more of them.
public struct R2Score: Metric, Hashable {
    /// How the scores of several outputs become one figure.
    public enum ClassAggregation: String, Sendable, Hashable, CaseIterable {
        /// Their mean.
        case uniformAverage = "uniform_average"
        /// Their mean, weighted by the variance of each output.
        case varianceWeightedAverage = "variance_weighted_average"
    }

    /// Nil: a figure for each output.
    public let classAggregation: ClassAggregation?
    public let numRegressors: Int
    public let name: String

    public init(
        classAggregation: ClassAggregation? = .uniformAverage, numRegressors: Int = 0, name: String = "r2_score"
    ) {
        precondition(numRegressors >= 0, "R2Score: numRegressors is \(numRegressors), expected a number from 0 on")
        self.classAggregation = classAggregation
        self.numRegressors = numRegressors
        self.name = name
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        guard prediction.shape.elementCount == target.shape.elementCount else {
            throw ModelError(
                "metric \(name): expects targets like the predictions, of shape \(prediction.shape.withoutFirst), the output's "
                    + "targets have shape \(target.shape.withoutFirst)")
        }
        let outputs = prediction.shape.rank > 1 ? prediction.shape.last : 1
        let table: Shape = [prediction.shape.elementCount / max(1, outputs), outputs]
        let values = target.casted(to: .float32).reshaped(table)
        let factors = weights?.factors(of: prediction)?.reshaped(table) ?? prediction.graph.constant(1, shape: table)
        let residual = values - prediction.reshaped(table)
        return factors.productSums() + factors.productSums(values) + factors.productSums(values, values)
            + factors.productSums(residual, residual)
            + [prediction.graph.constant(Float(table.elementCount), shape: [])]
    }

    public func results(_ sums: MetricSums) -> [Double] {
        let (weights, values, squares, residuals) = (sums.wide(0), sums.wide(2), sums.wide(4), sums.wide(6))
        let totals = weights.indices.map { squares[$0] - values[$0] * values[$0] / weights[$0] }
        let scores = totals.indices.map { index in
            let score = 1 - residuals[index] / totals[index]
            return score.isInfinite ? 0 : score
        }
        let figures =
            switch classAggregation {
            case nil: scores
            case .uniformAverage: [scores.reduce(0, +) / Double(max(1, scores.count))]
            case .varianceWeightedAverage:
                [zip(scores, totals).reduce(0) { $0 + $1.0 * $1.1 } / totals.reduce(0, +)]
            }
        let (n, p) = (sums.scalar(8), Double(numRegressors))
        guard numRegressors > 0, p < n - 1 else { return figures }
        return figures.map { 1 - (1 - $0) * (n - 1) / (n - p - 1) }
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == R2Score {
    /// The coefficient of determination.
    public static var r2Score: Self { .init() }
    /// The coefficient of determination.
    public static func r2Score(
        classAggregation: R2Score.ClassAggregation? = .uniformAverage, numRegressors: Int = 0
    ) -> Self { .init(classAggregation: classAggregation, numRegressors: numRegressors) }
}
