import Engine
import Memory

/// The sums from which correlations are made.
private struct Moments {
    let count, prediction, target, predictionSquare, targetSquare, product: Double

    var covariance: Double { product / count - prediction / count * target / count }
    var predictionVariance: Double { max(0, predictionSquare / count - prediction / count * prediction / count) }
    var targetVariance: Double { max(0, targetSquare / count - target / count * target / count) }
    var pearson: Double { covariance / (predictionVariance * targetVariance).squareRoot() }
    var concordance: Double {
        let shift = (prediction - target) / count
        return 2 * covariance / (predictionVariance + targetVariance + shift * shift + 1e-7)
    }
}

/// What both correlations share: along the batch they are made of sums over the epoch, along another axis they are a mean
/// over samples.
private struct CorrelationAxis: Hashable {
    let axis: Int

    /// The sums of a batch for axis 0, each with the shape of a sample, in high and low parts.
    func sums(prediction: Tensor, target: Tensor, weights: Tensor?, metric: String) throws(ModelError) -> [Tensor] {
        let target = try target.aligned(with: prediction, metric: metric)
        let factors = weights?.factors(of: prediction) ?? prediction.graph.constant(1, shape: prediction.shape)
        return factors.productSums() + factors.productSums(prediction) + factors.productSums(target)
            + factors.productSums(prediction, prediction) + factors.productSums(target, target)
            + factors.productSums(prediction, target)
    }

    /// The mean over the elements of a sample.
    func result(_ sums: MetricSums, _ figure: (Moments) -> Double) -> [Double] {
        let moments = (0..<6).map { sums.wide(2 * $0) }
        let figures = moments[0].indices.map { index in
            figure(
                Moments(
                    count: moments[0][index], prediction: moments[1][index], target: moments[2][index],
                    predictionSquare: moments[3][index], targetSquare: moments[4][index], product: moments[5][index]))
        }
        return [figures.reduce(0, +) / Double(max(1, figures.count))]
    }

    /// Predictions and targets less their means along the axis, and their variances and covariance.
    func centered(
        _ prediction: Tensor, _ target: Tensor, metric: String
    ) throws(ModelError) -> (
        shift: Tensor, predictionVariance: Tensor, targetVariance: Tensor, covariance: Tensor
    ) {
        _ = try prediction.shape.withoutFirst.sampleAxis(axis, owner: "metric \(metric)")
        let target = try target.aligned(with: prediction, metric: metric)
        let predictionMean = prediction.mean(axes: [axis], keepDimensions: true)
        let targetMean = target.mean(axes: [axis], keepDimensions: true)
        let (p, y) = (prediction - predictionMean, target - targetMean)
        let shift = (targetMean - predictionMean).mean(axes: [axis])
        return (
            shift, p.square().mean(axes: [axis]), y.square().mean(axes: [axis]), (p * y).mean(axes: [axis])
        )
    }
}

/// Pearson's correlation, `cov(prediction, target) / (σ(prediction) σ(target))`, along an axis; NaN where nothing varies.
///
/// Along axis 0, the batch, it is made of sums over the epoch, for each element of a sample, and the mean of these is the
/// figure (Keras's is the mean of the batches' figures). Along another axis it is the mean over samples.
public struct PearsonCorrelation: MeanMetric, Hashable {
    private let along: CorrelationAxis
    public let name: String

    public var axis: Int { along.axis }

    public init(axis: Int = -1, name: String = "pearson_correlation") {
        along = CorrelationAxis(axis: axis)
        self.name = name
    }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        let moments = try along.centered(prediction, target, metric: name)
        return moments.covariance / (moments.predictionVariance.sqrt() * moments.targetVariance.sqrt())
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        guard axis == 0 else {
            return try meanContributions(prediction: prediction, target: target, weights: weights)
        }
        return try along.sums(prediction: prediction, target: target, weights: weights, metric: name)
    }

    public func results(_ sums: MetricSums) -> [Double] {
        axis == 0 ? along.result(sums, \.pearson) : [quotient(sums.scalar(0), sums.scalar(1))]
    }

    public var isBetterWhenLarger: Bool? { true }
}

/// Lin's concordance correlation, `2 cov / (var(prediction) + var(target) + (difference of means)² + 1e-7)`, along an axis: 1
/// only where predictions equal targets.
///
/// Axes are as for `PearsonCorrelation`.
public struct ConcordanceCorrelation: MeanMetric, Hashable {
    private let along: CorrelationAxis
    public let name: String

    public var axis: Int { along.axis }

    public init(axis: Int = -1, name: String = "concordance_correlation") {
        along = CorrelationAxis(axis: axis)
        self.name = name
    }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        let moments = try along.centered(prediction, target, metric: name)
        let scale = moments.predictionVariance + moments.targetVariance + moments.shift.square()
        return moments.covariance.scaled(by: 2) / (scale + 1e-7)
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        guard axis == 0 else {
            return try meanContributions(prediction: prediction, target: target, weights: weights)
        }
        return try along.sums(prediction: prediction, target: target, weights: weights, metric: name)
    }

    public func results(_ sums: MetricSums) -> [Double] {
        axis == 0 ? along.result(sums, \.concordance) : [quotient(sums.scalar(0), sums.scalar(1))]
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == PearsonCorrelation {
    /// Pearson's correlation along the last axis.
    public static var pearsonCorrelation: Self { .init() }
    /// Pearson's correlation along an axis; 0 is the batch.
    public static func pearsonCorrelation(axis: Int) -> Self { .init(axis: axis) }
}
extension Metric where Self == ConcordanceCorrelation {
    /// Lin's concordance correlation along the last axis.
    public static var concordanceCorrelation: Self { .init() }
    /// Lin's concordance correlation along an axis; 0 is the batch.
    public static func concordanceCorrelation(axis: Int) -> Self { .init(axis: axis) }
}
