import Engine
import Memory

/// The circle loss of embeddings (batch, width) of length 1 with class numbers (Sun et al., 2020): samples of one class are
/// drawn together and of different classes apart, those that are far from where they should be most of all.
///
/// With `d = max(1 − p pᵀ, 0)` of every pair, `log(1 + Σ e^(γ (1 + m − d)⁺ (1 − m − d)) Σ e^(−γ (m + d)⁺ (m − d)))`: the first
/// sum is over the pairs of different classes, the second over those of one class. A sample whose loss is 0 does not count.
public struct Circle: Loss, Hashable {
    public let gamma: Float
    /// m, between 0 and 1.
    public let margin: Float
    /// Whether a sample is no pair with itself.
    public let removesDiagonal: Bool
    public let reduction: LossReduction
    public var name: String { "circle" }
    public var couplesRows: Bool { true }

    public init(
        gamma: Float = 80, margin: Float = 0.4, removesDiagonal: Bool = true,
        reduction: LossReduction = .sumOverBatchSize
    ) {
        self.gamma = gamma
        self.margin = margin
        self.removesDiagonal = removesDiagonal
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        guard prediction.rank == 1 else {
            throw ModelError("loss \(name): predictions have shape \(prediction), expected one vector for each sample")
        }
        return TargetSpecification(shape: [], type: .int32, meaning: "one class number")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let rows = prediction.shape[0]
        let zero = prediction.number(0)
        let distance = prediction.matrixProduct(prediction, transposeRight: true).scaled(by: -1, offset: 1)
            .maximum(zero)
        let same = target.reshaped([rows, 1]).equal(target.reshaped([1, rows]))
        var isPositive = same
        if removesDiagonal {
            let numbers = prediction.graph.constant((0..<rows).map(Float.init), shape: [rows])
            let isOther = numbers.reshaped([rows, 1]).equal(numbers).scaled(by: -1, offset: 1)
            isPositive = same * isOther
        }
        let isNegative = same.scaled(by: -1, offset: 1)
        let pull =
            (distance.scaled(by: 1, offset: margin) * isPositive).maximum(zero)
            * distance.scaled(by: -1, offset: margin).scaled(by: -gamma)
        let push =
            (distance.scaled(by: -1, offset: 1 + margin) * isNegative).maximum(zero)
            * distance.scaled(by: -1, offset: 1 - margin).scaled(by: gamma)
        return (pull.logSumExp(where: isPositive) + push.logSumExp(where: isNegative)).softplus()
    }

    public func validity(of values: Tensor, target: Tensor) -> Tensor? { values.greater(values.number(0)) }
}

extension Tensor {
    /// `log Σ eˣ` over the elements of the last axis that a condition names; far below any other where there is none.
    fileprivate func logSumExp(where condition: Tensor) -> Tensor {
        let chosen = Tensor.select(condition, self, number(-1e30))
        let largest = chosen.max(axes: [-1], keepDimensions: true).stoppingGradient()
        let sum = (chosen - largest).exp().sum(axes: [-1])
        return sum.log() + largest.reshaped(sum.shape)
    }
}

extension Loss where Self == Circle {
    /// The circle loss of embeddings.
    public static var circle: Self { .init() }
    /// The circle loss of embeddings.
    public static func circle(
        gamma: Float = 80, margin: Float = 0.4, removesDiagonal: Bool = true,
        reduction: LossReduction = .sumOverBatchSize
    ) -> Self { .init(gamma: gamma, margin: margin, removesDiagonal: removesDiagonal, reduction: reduction) }
}
