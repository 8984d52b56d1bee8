import Engine
import Memory

/// A figure of predictions and targets that is exact over an epoch: every batch adds to sums, and the figure is computed
/// from the sums of all batches, not as a mean of batches' figures.
///
/// A metric of one's own describes in symbolic tensors what a batch adds; it is planned into the step like the loss.
public protocol Metric: Sendable {
    /// The name in logs, for example `accuracy`.
    var name: String { get }

    /// How targets must look for predictions of the given shape (of one sample), where the output has no loss that
    /// says so.
    func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification

    /// What a batch adds to the sums: tensors of shapes that do not depend on the number of rows.
    ///
    /// - Parameters:
    ///   - prediction: shape (batch, …), float32.
    ///   - target: as the output's loss takes it: class numbers are `int32`, other targets `float32`.
    ///   - weights: factors of the rows, or of the positions in them: shape (batch) or the leading axes of the target. Nil:
    ///     all count alike.
    func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor]

    /// The figure, or several that are numbered in logs, from the sums over all batches.
    func results(_ sums: MetricSums) -> [Double]

    /// Whether a larger figure is a better one; nil where that is not known. Decides what `best` means to callbacks.
    var isBetterWhenLarger: Bool? { get }
}

extension Metric {
    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        TargetSpecification(shape: prediction, type: .float32, meaning: "values like the predictions")
    }

    public var isBetterWhenLarger: Bool? { nil }
}

/// The sums of a metric: what `contributions` returned, added up over batches in double precision.
public struct MetricSums {
    private let values: UnsafeBufferPointer<Double>
    private let ranges: [Range<Int>]

    /// - Parameter ranges: where the elements of each contribution lie, row-major.
    package init(_ values: UnsafeBufferPointer<Double>, _ ranges: [Range<Int>]) {
        self.values = values
        self.ranges = ranges
    }

    /// The elements of a contribution, row-major.
    public subscript(contribution: Int) -> UnsafeBufferPointer<Double> {
        UnsafeBufferPointer(rebasing: values[ranges[contribution]])
    }

    /// The sums that two contributions hold together, as `productSums` and `bucketSums` make them.
    ///
    /// - Parameter high: the number of the first of both.
    func wide(_ high: Int) -> [Double] { zip(self[high], self[high + 1]).map { $0 + $1 } }

    /// The first element of a contribution, its only one if it is a scalar.
    public func scalar(_ contribution: Int) -> Double { values[ranges[contribution].lowerBound] }
}

/// A metric that is the weighted mean of one value per sample (and position).
public protocol MeanMetric: Metric {
    /// One value per sample (and position): shape (batch, …).
    func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor
}

extension MeanMetric {
    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try meanContributions(prediction: prediction, target: target, weights: weights)
    }

    /// Σ w v and Σ w.
    func meanContributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        let values = try values(prediction: prediction, target: target)
        guard let factors = weights?.factors(of: values) else {
            return [values.sum(), values.graph.constant(Float(values.shape.elementCount), shape: [])]
        }
        return [(values * factors).sum(), factors.sum()]
    }

    /// Σ w v / Σ w; 0 where nothing counted, as in Keras.
    public func results(_ sums: MetricSums) -> [Double] {
        [sums.scalar(1) == 0 ? 0 : sums.scalar(0) / sums.scalar(1)]
    }
}
