import Engine
import Memory

/// The mean of a loss's values as a metric.
public struct LossMetric: MeanMetric {
    public let name: String
    public let loss: any Loss

    /// - Parameter name: in logs; nil: the loss's own.
    public init(_ loss: any Loss, name: String? = nil) {
        self.loss = loss
        self.name = name ?? loss.name
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try loss.targets(for: prediction)
    }

    public func values(prediction: Tensor, target: Tensor) throws(ModelError) -> Tensor {
        let expected = try loss.targets(for: prediction.shape.withoutFirst)
        let shape = expected.shape.prepending(prediction.shape[0])
        guard target.shape.elementCount == shape.elementCount else {
            throw ModelError(
                "metric \(name): expects \(expected.meaning), of shape \(expected.shape), the output's targets have shape "
                    + "\(target.shape.withoutFirst)")
        }
        return loss.values(prediction: prediction, target: target.casted(to: expected.type).reshaped(shape))
    }

    public var isBetterWhenLarger: Bool? { false }
}

extension Metric where Self == LossMetric {
    /// The mean of a loss's values.
    public static func loss(_ loss: any Loss, name: String? = nil) -> Self { .init(loss, name: name) }
}
