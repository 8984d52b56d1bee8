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
        loss.values(prediction: prediction, target: try expected(target, for: prediction))
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        let target = try expected(target, for: prediction)
        let values = loss.values(prediction: prediction, target: target)
        let weights = weights?.factors(of: values)
        // What the loss leaves out is left out here too: Keras's metrics do so only where there are sample weights.
        let validity = loss.validity(of: values, target: target)
        guard let factors = validity.map({ $0.weighted(by: weights) }) ?? weights else {
            return [values.sum(), values.graph.constant(Float(values.shape.elementCount), shape: [])]
        }
        return [(values * factors).sum(), factors.sum()]
    }

    /// The target as the loss takes it.
    private func expected(_ target: Tensor, for prediction: Tensor) throws(ModelError) -> Tensor {
        let expected = try loss.targets(for: prediction.shape.withoutFirst)
        let shape = expected.shape.prepending(prediction.shape[0])
        if target.shape.elementCount == shape.elementCount { return target.casted(to: expected.type).reshaped(shape) }
        throw ModelError(
            "metric \(name): expects \(expected.meaning), of shape \(expected.shape), the output's targets have shape "
                + "\(target.shape.withoutFirst)")
    }

    public var isBetterWhenLarger: Bool? { false }
}

extension Metric where Self == LossMetric {
    /// The mean of a loss's values.
    public static func loss(_ loss: any Loss, name: String? = nil) -> Self { .init(loss, name: name) }
}

/// The losses that Keras has as metrics, too. Others, and those with options: `.loss(.huber(delta: 2))`.
extension Metric where Self == LossMetric {
    /// The mean of squared differences.
    public static var meanSquaredError: Self { .init(MeanSquaredError()) }
    /// The mean of absolute differences.
    public static var meanAbsoluteError: Self { .init(MeanAbsoluteError()) }
    /// The mean of absolute differences in percent of the target.
    public static var meanAbsolutePercentageError: Self { .init(MeanAbsolutePercentageError()) }
    /// The mean of squared differences of logarithms.
    public static var meanSquaredLogarithmicError: Self { .init(MeanSquaredLogarithmicError()) }
    /// The mean of the logarithm of the hyperbolic cosine of differences.
    public static var logCoshError: Self { .init(LogCosh(), name: "logcosh") }
    /// The Kullback–Leibler divergence of distributions.
    public static var klDivergence: Self { .init(KLDivergence()) }
    /// The likelihood of counts at predicted rates.
    public static var poisson: Self { .init(Poisson()) }
    /// The hinge loss.
    public static var hinge: Self { .init(Hinge()) }
    /// The square of the hinge loss.
    public static var squaredHinge: Self { .init(SquaredHinge()) }
    /// The hinge loss between the true class and the best of the others.
    public static var categoricalHinge: Self { .init(CategoricalHinge()) }
    /// `−y log p − (1 − y) log(1 − p)`.
    public static var binaryCrossentropy: Self { .init(BinaryCrossentropy()) }
    /// `−Σ y log p` for one-hot targets.
    public static var categoricalCrossentropy: Self { .init(CategoricalCrossentropy()) }
    /// `−log p[label]` for class numbers.
    public static var sparseCategoricalCrossentropy: Self { .init(SparseCategoricalCrossentropy()) }
}
