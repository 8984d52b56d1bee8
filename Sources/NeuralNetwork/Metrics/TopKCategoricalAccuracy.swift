import Engine
import Memory

/// The share of samples (and positions) whose class is among the `k` best scores: fewer than `k` scores are larger than its
/// own. The target is a one-hot row, or another distribution whose largest element is the class.
public struct TopKCategoricalAccuracy: MeanMetric, Hashable {
    public let k: Int
    public let name: String

    public init(k: Int = 5, name: String = "top_k_categorical_accuracy") {
        precondition(k > 0, "TopKCategoricalAccuracy: k is \(k), expected a number from 1 on")
        self.k = k
        self.name = name
    }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        guard prediction.shape.rank > 1 else {
            throw ModelError("metric \(name): expects rows of scores, predictions have shape \(Shape([]))")
        }
        let target = try target.aligned(with: prediction, metric: name)
        return prediction.scores.tensor.isInTop(k, where: target.topMask(1))
    }

    public var isBetterWhenLarger: Bool? { true }
}

/// The share of samples (and positions) whose class, which the target numbers, is among the `k` best scores.
///
/// With `fromSortedIDs` predictions are not scores but class numbers, the best first, and the first `k` are looked through.
public struct SparseTopKCategoricalAccuracy: MeanMetric, Hashable {
    public let k: Int
    public let fromSortedIDs: Bool
    public let name: String

    public init(k: Int = 5, fromSortedIDs: Bool = false, name: String = "sparse_top_k_categorical_accuracy") {
        precondition(k > 0, "SparseTopKCategoricalAccuracy: k is \(k), expected a number from 1 on")
        self.k = k
        self.fromSortedIDs = fromSortedIDs
        self.name = name
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try .classNumbers(prediction, axis: -1, owner: "metric \(name)")
    }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        let labels = try target.classNumbers(for: prediction, metric: name)
        if fromSortedIDs {
            let best = prediction.sliced(axis: -1, 0..<min(k, prediction.shape.last))
            let matches = best.equal(labels.casted(to: .float32).reshaped(Shape(labels.shape.dimensions + [1])))
            return matches.max(axes: [-1])
        }
        let isLabel = labels.casted(to: .int32).oneHot(depth: prediction.shape.last)
        return prediction.scores.tensor.isInTop(k, where: isLabel)
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Tensor {
    /// 1 for rows of scores in which fewer than `k` are larger than the one at the 1 of a mask.
    fileprivate func isInTop(_ k: Int, where mask: Tensor) -> Tensor {
        let chosen = Tensor.select(mask, self, number(0)).sum(axes: [-1], keepDimensions: true)
        // NaN is not larger than any; and where the label is no class, there is no score.
        let isKnown = chosen.equal(chosen) * mask.sum(axes: [-1], keepDimensions: true)
        let rank = greater(chosen).sum(axes: [-1], keepDimensions: true)
        return (rank.less(number(Float(k))) * isKnown).reshaped(shape.withoutLast)
    }
}

extension Metric where Self == TopKCategoricalAccuracy {
    /// The share of samples whose class is among the 5 best scores, for one-hot targets.
    public static var topKCategoricalAccuracy: Self { .init() }
    /// The share of samples whose class is among the `k` best scores, for one-hot targets.
    public static func topKCategoricalAccuracy(k: Int) -> Self { .init(k: k) }
}
extension Metric where Self == SparseTopKCategoricalAccuracy {
    /// The share of samples whose class is among the 5 best scores, for class numbers.
    public static var sparseTopKCategoricalAccuracy: Self { .init() }
    /// The share of samples whose class is among the `k` best scores, for class numbers.
    public static func sparseTopKCategoricalAccuracy(k: Int, fromSortedIDs: Bool = false) -> Self {
        .init(k: k, fromSortedIDs: fromSortedIDs)
    }
}
