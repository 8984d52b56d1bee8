import Engine
import Memory

/// The weighted mean of values that a function of symbolic tensors gives: a metric of one's own.
///
/// ```swift
/// let bias = Mean("bias") { prediction, target in prediction - target }
/// ```
///
/// The mean is over all values of an epoch, exact however the batches were cut. Figures that are no mean are described by a
/// type of one's own, see ``Metric``. Every instance is equal to itself and its copies only.
public struct Mean: MeanMetric, Hashable {
    public let name: String
    public let isBetterWhenLarger: Bool?
    private let closure: MetricClosure

    /// - Parameters:
    ///   - targets: what the targets are where the output has no loss that says so.
    ///   - function: one value for each sample (and position), or a scalar for the whole batch.
    public init(
        _ name: String = "mean", targets: TargetKind = .likePredictions, isBetterWhenLarger: Bool? = nil,
        _ function: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    ) {
        self.name = name
        self.isBetterWhenLarger = isBetterWhenLarger
        closure = MetricClosure(targetKind: targets, function: function)
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try closure.targetKind.specification(for: prediction, owner: "metric \(name)")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor { closure.function(prediction, target) }
}

/// The weighted sum of values that a function of symbolic tensors gives; otherwise like ``Mean``.
public struct Sum: Metric, Hashable {
    public let name: String
    public let isBetterWhenLarger: Bool?
    private let closure: MetricClosure

    /// - Parameters:
    ///   - targets: what the targets are where the output has no loss that says so.
    ///   - function: one value for each sample (and position), or a scalar for the whole batch.
    public init(
        _ name: String = "sum", targets: TargetKind = .likePredictions, isBetterWhenLarger: Bool? = nil,
        _ function: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    ) {
        self.name = name
        self.isBetterWhenLarger = isBetterWhenLarger
        closure = MetricClosure(targetKind: targets, function: function)
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try closure.targetKind.specification(for: prediction, owner: "metric \(name)")
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) -> [Tensor] {
        let values = closure.function(prediction, target)
        return [values.weighted(by: weights?.factors(of: values)).sum()]
    }

    public func results(_ sums: MetricSums) -> [Double] { [sums.scalar(0)] }
}

/// A function that equals itself alone.
private struct MetricClosure: Hashable, Sendable {
    let targetKind: TargetKind
    let function: @Sendable (Tensor, Tensor) -> Tensor
    private let identity = ClosureIdentity()

    init(targetKind: TargetKind, function: @escaping @Sendable (Tensor, Tensor) -> Tensor) {
        self.targetKind = targetKind
        self.function = function
    }

    static func == (left: Self, right: Self) -> Bool { left.identity === right.identity }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(identity)) }
}

extension Metric where Self == Mean {
    /// The weighted mean of values that a function gives.
    public static func mean(
        _ name: String = "mean", targets: TargetKind = .likePredictions, isBetterWhenLarger: Bool? = nil,
        _ function: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    ) -> Self { .init(name, targets: targets, isBetterWhenLarger: isBetterWhenLarger, function) }
}
extension Metric where Self == Sum {
    /// The weighted sum of values that a function gives.
    public static func sum(
        _ name: String = "sum", targets: TargetKind = .likePredictions, isBetterWhenLarger: Bool? = nil,
        _ function: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    ) -> Self { .init(name, targets: targets, isBetterWhenLarger: isBetterWhenLarger, function) }
}
