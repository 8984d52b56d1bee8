import Engine
import Memory

/// The mean of the intersections over the unions of some classes, for one-hot targets; see `IoU`.
public struct OneHotIoU: Metric, Hashable {
    public var numClasses: Int { base.numClasses }
    public var ignoredClass: Int? { base.ignoredClass }
    public var sparsePrediction: Bool { base.sparsePrediction }
    public var axis: Int { base.axis }
    public var targetClassIDs: [Int] { base.targetClassIDs }
    public var name: String { base.name }
    private let base: IoU

    public init(
        numClasses: Int, targetClassIDs: [Int], ignoredClass: Int? = nil, sparsePrediction: Bool = false,
        axis: Int = -1, name: String = "one_hot_io_u"
    ) {
        base = IoU(
            numClasses: numClasses, targetClassIDs: targetClassIDs, ignoredClass: ignoredClass, sparseTarget: false,
            sparsePrediction: sparsePrediction, axis: axis, name: name)
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

extension Metric where Self == OneHotIoU {
    /// The mean of the intersections over the unions of some classes, for one-hot targets.
    public static func oneHotIoU(
        numClasses: Int, targetClassIDs: [Int], ignoredClass: Int? = nil, sparsePrediction: Bool = false,
        axis: Int = -1
    ) -> Self {
        .init(
            numClasses: numClasses, targetClassIDs: targetClassIDs, ignoredClass: ignoredClass,
            sparsePrediction: sparsePrediction, axis: axis)
    }
}
