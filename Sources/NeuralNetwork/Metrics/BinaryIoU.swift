import Engine
import Memory

/// The mean of the intersections over the unions of classes 0 and 1, or one of them: a prediction is of class 1 from the
/// threshold on; see `IoU`.
public struct BinaryIoU: Metric, Hashable {
    public var targetClassIDs: [Int] { base.targetClassIDs }
    public let threshold: Float
    public var name: String { base.name }
    private let base: IoU

    public init(targetClassIDs: [Int] = [0, 1], threshold: Float = 0.5, name: String = "binary_io_u") {
        base = IoU(numClasses: 2, targetClassIDs: targetClassIDs, name: name)
        self.threshold = threshold
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        let isPositive = prediction.greaterOrEqual(prediction.number(threshold))
        return try base.contributions(prediction: isPositive, target: target, weights: weights)
    }

    public func results(_ sums: MetricSums) -> [Double] { base.results(sums) }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == BinaryIoU {
    /// The mean of the intersections over the unions of classes 0 and 1.
    public static var binaryIoU: Self { .init() }
    /// The mean of the intersections over the unions of classes 0 and 1, or one of them.
    public static func binaryIoU(targetClassIDs: [Int] = [0, 1], threshold: Float = 0.5) -> Self {
        .init(targetClassIDs: targetClassIDs, threshold: threshold)
    }
}
