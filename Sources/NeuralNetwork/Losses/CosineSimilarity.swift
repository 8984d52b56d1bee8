import Engine
import Memory

/// `−Σ target · prediction / (‖target‖ ‖prediction‖)` along an axis: −1 for the same direction, 1 for the opposite one.
///
/// Lengths are at least 1e-7, so that zeros give 0.
public struct CosineSimilarity: Loss, Hashable {
    /// As Keras counts axes: the batch is 0, negative ones count from the last.
    public let axis: Int
    public let reduction: LossReduction
    public var name: String { "cosine_similarity" }

    public init(axis: Int = -1, reduction: LossReduction = .sumOverBatchSize) {
        self.axis = axis
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        _ = try prediction.sampleAxis(axis, owner: "loss \(name)")
        return .values(prediction)
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        -(target.unitNorm(axes: [axis]) * prediction.unitNorm(axes: [axis])).sum(axes: [axis])
    }
}

extension Loss where Self == CosineSimilarity {
    /// Minus the cosine of the angle between target and prediction.
    public static var cosineSimilarity: Self { .init() }
    /// Minus the cosine of the angle between target and prediction.
    public static func cosineSimilarity(axis: Int = -1, reduction: LossReduction = .sumOverBatchSize) -> Self {
        .init(axis: axis, reduction: reduction)
    }
}
