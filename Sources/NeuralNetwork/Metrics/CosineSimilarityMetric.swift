import Engine
import Memory

/// The mean of `Σ target · prediction / (‖target‖ ‖prediction‖)` along an axis: 1 for the same direction. Keras's metric
/// `CosineSimilarity`; the loss of that name is its negative.
public struct CosineSimilarityMetric: MeanMetric, Hashable {
    /// As Keras counts axes: the batch is 0, negative ones count from the last.
    public let axis: Int
    public let name: String

    public init(axis: Int = -1, name: String = "cosine_similarity") {
        self.axis = axis
        self.name = name
    }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        _ = try prediction.shape.withoutFirst.sampleAxis(axis, owner: "metric \(name)")
        let target = try target.aligned(with: prediction, metric: name)
        return (target.unitNorm(axes: [axis]) * prediction.unitNorm(axes: [axis])).sum(axes: [axis])
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == CosineSimilarityMetric {
    /// The cosine of the angle between target and prediction.
    public static var cosineSimilarity: Self { .init() }
    /// The cosine of the angle between target and prediction.
    public static func cosineSimilarity(axis: Int) -> Self { .init(axis: axis) }
}
