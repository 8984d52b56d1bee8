import Engine
import Memory

/// `1 − Σ y p / (Σ y p + α Σ y (1 − p) + β Σ (1 − y) p + 1e-7)`: how little two masks overlap, what is missing weighted by α
/// and what is too much by β (Salehi et al., 2017).
///
/// This is what Keras computes; its documentation has α and β the other way round. With α = β = ½ it is `Dice`.
public struct Tversky: Loss, Hashable {
    /// The weight of what the target has and the prediction has not (false negatives).
    public let alpha: Float
    /// The weight of what the prediction has and the target has not (false positives).
    public let beta: Float
    /// What the sums are over, as Keras counts axes: the batch is 0, negative ones count from the last. Nil: everything.
    public let axes: [Int]?
    public let reduction: LossReduction
    public var name: String { "tversky" }
    public var couplesRows: Bool { axes?.contains(0) ?? true }

    public init(
        alpha: Float = 0.5, beta: Float = 0.5, axes: [Int]? = nil, reduction: LossReduction = .sumOverBatchSize
    ) {
        self.alpha = alpha
        self.beta = beta
        self.axes = axes
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try prediction.checkAxes(axes, owner: "loss \(name)")
        return .values(prediction)
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let both = (prediction * target).sum(axes: axes)
        let missing = (target * prediction.scaled(by: -1, offset: 1)).sum(axes: axes)
        let excess = (prediction * target.scaled(by: -1, offset: 1)).sum(axes: axes)
        return (both / (both + missing * alpha + excess * beta + 1e-7)).scaled(by: -1, offset: 1)
    }
}

extension Loss where Self == Tversky {
    /// How little two masks overlap, over the whole batch.
    public static var tversky: Self { .init() }
    /// How little two masks overlap, what is missing weighted by `alpha` and what is too much by `beta`.
    public static func tversky(
        alpha: Float = 0.5, beta: Float = 0.5, axes: [Int]? = nil, reduction: LossReduction = .sumOverBatchSize
    ) -> Self { .init(alpha: alpha, beta: beta, axes: axes, reduction: reduction) }
}
