import Engine
import Memory

/// A figure that is averaged over the samples of an epoch beside the loss.
public enum Metric: String, Sendable, Equatable, CaseIterable {
    /// The share of right predictions; which kind is chosen by shapes, as in Keras.
    case accuracy
    case binaryAccuracy = "binary_accuracy"
    case categoricalAccuracy = "categorical_accuracy"
    case sparseCategoricalAccuracy = "sparse_categorical_accuracy"

    /// The metric of a name in Keras's `compile`.
    public init?(kerasName: String) {
        self.init(rawValue: kerasName == "acc" ? "accuracy" : kerasName)
    }

    /// One value per sample (and position): 1 where right, else 0.
    ///
    /// - Parameter targetsAreClasses: whether targets are class numbers (`int32`).
    package func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        let classes = prediction.shape.last
        let sparse = target.type.scalar == .int32
        // Softmax does not change which score is the largest.
        let scores = prediction.scores.tensor
        switch self {
        case .accuracy where sparse, .sparseCategoricalAccuracy where sparse:
            return scores.classMatches(target, .sparse)
        case .accuracy where classes > 1, .categoricalAccuracy where !sparse:
            return scores.classMatches(target, .oneHot)
        case .accuracy, .binaryAccuracy:
            guard !sparse else {
                throw ModelError("metric \(rawValue): needs targets like the predictions, got class numbers")
            }
            return prediction.thresholdMatches(target, threshold: 0.5)
        case .categoricalAccuracy, .sparseCategoricalAccuracy:
            throw ModelError(
                "metric \(rawValue): the loss takes \(sparse ? "class numbers" : "targets like the predictions"); use \"accuracy\""
            )
        }
    }
}
