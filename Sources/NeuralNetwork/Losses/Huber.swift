import Engine
import Memory

/// `mean(e² / 2 where |e| ≤ δ, δ |e| − δ² / 2 elsewhere)` over the last axis, `e = prediction − target`: half the square of
/// small differences, in proportion to large ones.
public struct Huber: Loss, Hashable {
    /// δ, where the square ends.
    public let delta: Float
    public let reduction: LossReduction
    public var name: String { "huber_loss" }

    public init(delta: Float = 1, reduction: LossReduction = .sumOverBatchSize) {
        self.delta = delta
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) -> TargetSpecification { .values(prediction) }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let error = prediction - target
        let size = error.abs()
        let far = size.scaled(by: delta, offset: -0.5 * delta * delta)
        return Tensor.select(size.lessOrEqual(size.number(delta)), error.square().scaled(by: 0.5), far).meanOverLast
    }
}

extension Loss where Self == Huber {
    /// The square of small differences, in proportion to large ones.
    public static var huber: Self { .init() }
    /// The square of differences up to `delta`, in proportion to larger ones.
    public static func huber(delta: Float = 1, reduction: LossReduction = .sumOverBatchSize) -> Self {
        .init(delta: delta, reduction: reduction)
    }
}
