import Engine
import Memory

/// `1 − 2 Σ y p / (Σ y + Σ p + 1e-7)`: how little two masks overlap.
///
/// Without axes the sums are over the whole batch, which then has one loss; axes such as [1, 2, 3] give one for each sample.
public struct Dice: Loss, Hashable {
    /// What the sums are over, as Keras counts axes: the batch is 0, negative ones count from the last. Nil: everything.
    public let axes: [Int]?
    public let reduction: LossReduction
    public var name: String { "dice" }
    public var couplesRows: Bool { axes?.contains(0) ?? true }

    public init(axes: [Int]? = nil, reduction: LossReduction = .sumOverBatchSize) {
        self.axes = axes
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try prediction.checkAxes(axes, owner: "loss \(name)")
        return .values(prediction)
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let both = (prediction * target).sum(axes: axes)
        let either = (target.sum(axes: axes) + prediction.sum(axes: axes)) + 1e-7
        return (both / either).scaled(by: -2, offset: 1)
    }
}

extension Shape {
    /// Refuses axes that batches of samples of this shape do not have; the batch axis is one of them.
    func checkAxes(_ axes: [Int]?, owner: String) throws(ModelError) {
        guard let axes else { return }
        let found = axes.map { $0 < 0 ? $0 + rank + 1 : $0 }
        guard found.allSatisfy((0...rank).contains), Set(found).count == found.count, !found.isEmpty else {
            throw ModelError(
                "\(owner): axes \(axes) do not fit predictions of shape \(self): expected different ones of 0 (the batch) to "
                    + "\(rank), or −\(rank + 1) to −1")
        }
    }
}

extension Loss where Self == Dice {
    /// How little two masks overlap, over the whole batch.
    public static var dice: Self { .init() }
    /// How little two masks overlap.
    public static func dice(axes: [Int]? = nil, reduction: LossReduction = .sumOverBatchSize) -> Self {
        .init(axes: axes, reduction: reduction)
    }
}
