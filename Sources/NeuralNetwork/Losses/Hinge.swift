import Engine
import Memory

/// `mean(max(1 − target · prediction, 0))` over the last axis; targets are −1 and 1.
///
/// A batch whose targets are all 0 or 1 is taken for classes 0 and 1: 0 counts as −1, as in Keras.
public struct Hinge: Loss, Hashable {
    public let reduction: LossReduction
    public var name: String { "hinge" }

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public func targets(for prediction: Shape) -> TargetSpecification { .values(prediction) }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        (target.signed * prediction).scaled(by: -1, offset: 1).maximum(prediction.number(0)).meanOverLast
    }
}

extension Loss where Self == Hinge {
    /// The hinge loss for targets −1 and 1, or 0 and 1.
    public static var hinge: Self { .init() }
    /// The hinge loss for targets −1 and 1, or 0 and 1.
    public static func hinge(reduction: LossReduction) -> Self { .init(reduction: reduction) }
}

extension Tensor {
    /// Labels 0 and 1 as −1 and 1; a batch that has other numbers stays as it is.
    var signed: Tensor {
        let isBinary = equal(number(0)) + equal(number(1))
        return .select(isBinary.min(), scaled(by: 2, offset: -1), self)
    }
}
