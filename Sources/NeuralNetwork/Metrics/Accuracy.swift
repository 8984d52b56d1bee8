import Engine
import Memory

/// The share of right predictions; which kind is chosen by shapes, as in Keras: one score a sample is binary, targets
/// that are class numbers are sparse, others categorical.
public struct Accuracy: MeanMetric, Hashable {
    public let name: String

    public init(name: String = "accuracy") { self.name = name }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        let isSparse =
            target.type.scalar == .int32 || target.shape.rank < prediction.shape.rank || target.shape.last == 1
        return try chosen(prediction: prediction.shape, isSparse: isSparse).values(
            prediction: prediction, target: target)
    }

    /// The metric of this name that shapes choose.
    ///
    /// - Parameters:
    ///   - prediction: the shape of the predictions of a batch.
    ///   - isSparse: whether the targets are class numbers.
    package func chosen(prediction: Shape, isSparse: Bool) -> any MeanMetric {
        if prediction.rank < 2 || prediction.last == 1 { return BinaryAccuracy(name: name) }
        return isSparse ? SparseCategoricalAccuracy(name: name) : CategoricalAccuracy(name: name)
    }

    public var isBetterWhenLarger: Bool? { true }
}

/// The share of scores on the right side of a threshold: a prediction counts as 1 when it is larger than `threshold`.
public struct BinaryAccuracy: MeanMetric, Hashable {
    public let name: String
    public let threshold: Float

    public init(threshold: Float = 0.5, name: String = "binary_accuracy") {
        self.threshold = threshold
        self.name = name
    }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        guard target.shape.elementCount == prediction.shape.elementCount else {
            throw ModelError(
                "metric \(name): expects targets like the predictions, of shape \(prediction.shape.withoutFirst), the "
                    + "output's targets have shape \(target.shape.withoutFirst)")
        }
        return prediction.thresholdMatches(
            target.casted(to: .float32).reshaped(prediction.shape), threshold: threshold)
    }

    public var isBetterWhenLarger: Bool? { true }
}

/// The share of samples (and positions) whose largest score is at the class of a one-hot target.
public struct CategoricalAccuracy: MeanMetric, Hashable {
    public let name: String

    public init(name: String = "categorical_accuracy") { self.name = name }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        guard target.type.scalar != .int32 else {
            throw ModelError("metric \(name): the loss takes class numbers; use \"accuracy\"")
        }
        guard prediction.shape.rank > 1, target.shape.elementCount == prediction.shape.elementCount else {
            throw ModelError(
                "metric \(name): expects rows of scores and one-hot targets like them, predictions have shape "
                    + "\(prediction.shape.withoutFirst), the output's targets \(target.shape.withoutFirst)")
        }
        // Softmax does not change which score is the largest.
        let scores = prediction.scores.tensor
        return scores.classMatches(target.casted(to: .float32).reshaped(scores.shape), .oneHot)
    }

    public var isBetterWhenLarger: Bool? { true }
}

/// The share of samples (and positions) whose largest score is at the class that the target numbers.
public struct SparseCategoricalAccuracy: MeanMetric, Hashable {
    public let name: String

    public init(name: String = "sparse_categorical_accuracy") { self.name = name }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try SparseCategoricalCrossentropy().targets(for: prediction)
    }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        let positions = Shape(Array(prediction.shape.dimensions.dropLast()))
        guard prediction.shape.rank > 1, target.shape.elementCount == positions.elementCount else {
            throw ModelError(
                "metric \(name): the loss takes targets like the predictions, expected class numbers; use \"accuracy\"")
        }
        return prediction.scores.tensor.classMatches(target.casted(to: .int32).reshaped(positions), .sparse)
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == Accuracy {
    /// The share of right predictions, by shapes.
    public static var accuracy: Self { .init() }
}
extension Metric where Self == BinaryAccuracy {
    /// The share of scores on the right side of 0.5.
    public static var binaryAccuracy: Self { .init() }
    public static func binaryAccuracy(threshold: Float) -> Self { .init(threshold: threshold) }
}
extension Metric where Self == CategoricalAccuracy {
    /// The share of right classes for one-hot targets.
    public static var categoricalAccuracy: Self { .init() }
}
extension Metric where Self == SparseCategoricalAccuracy {
    /// The share of right classes for class numbers.
    public static var sparseCategoricalAccuracy: Self { .init() }
}
