import Engine
import Memory

/// The share of predictions that equal their targets: Keras's class `Accuracy`, whose name in `compile` stands for
/// `Accuracy` here, which is chosen by shapes.
public struct ExactAccuracy: MeanMetric, Hashable {
    public let name: String

    public init(name: String = "accuracy") { self.name = name }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        guard prediction.shape.elementCount == target.shape.elementCount else {
            throw ModelError(
                "metric \(name): expects targets like the predictions, of shape \(prediction.shape.withoutFirst), the output's "
                    + "targets have shape \(target.shape.withoutFirst)")
        }
        return prediction.equal(target.casted(to: .float32).reshaped(prediction.shape))
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == ExactAccuracy {
    /// The share of predictions that equal their targets.
    public static var exactAccuracy: Self { .init() }
}
