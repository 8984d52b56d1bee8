import Engine
import Memory

/// The mean of the intersections over the unions of all classes; see `IoU`.
public struct MeanIoU: Metric, Hashable {
    public var numClasses: Int { base.numClasses }
    public var ignoredClass: Int? { base.ignoredClass }
    public var sparsePrediction: Bool { base.sparsePrediction }
    public var axis: Int { base.axis }
    public var sparseTarget: Bool { base.sparseTarget }
    public var name: String { base.name }
    private let base: IoU

    public init(
        numClasses: Int, ignoredClass: Int? = nil, sparseTarget: Bool = true, sparsePrediction: Bool = true,
        axis: Int = -1, name: String = "mean_io_u"
    ) {
        base = IoU(
            numClasses: numClasses, targetClassIDs: Array(0..<max(1, numClasses)), ignoredClass: ignoredClass,
            sparseTarget: sparseTarget, sparsePrediction: sparsePrediction, axis: axis, name: name)
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try base.targets(for: prediction)
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try base.contributions(prediction: prediction, target: target, weights: weights)
    }

    public func results(_ sums: MetricSums) -> [Double] { base.results(sums) }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == MeanIoU {
    /// The mean of the intersections over the unions of all classes.
    public static func meanIoU(
        numClasses: Int, ignoredClass: Int? = nil, sparseTarget: Bool = true, sparsePrediction: Bool = true,
        axis: Int = -1
    ) -> Self {
        .init(
            numClasses: numClasses, ignoredClass: ignoredClass, sparseTarget: sparseTarget,
            sparsePrediction: sparsePrediction, axis: axis)
    }
}
