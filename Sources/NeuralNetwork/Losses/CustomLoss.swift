import Engine
import Memory

/// A loss of one's own, as a function of symbolic tensors.
///
/// ```swift
/// let loss = CustomLoss("cubic") { prediction, target in
///     let error = (prediction - target).abs()
///     return (error * error * error).mean(axes: [-1])
/// }
/// ```
///
/// It is planned into the step like any other loss, and its gradient is derived. Every instance is equal to itself and its
/// copies only: give the same one to steps that are to share a plan.
public struct CustomLoss: Loss, Hashable {
    public let name: String
    public let reduction: LossReduction
    private let targetKind: TargetKind
    private let function: @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    private let identity = ClosureIdentity()

    /// - Parameters:
    ///   - targets: what the targets are.
    ///   - function: one value for each sample (and position), or a scalar for the whole batch.
    public init(
        _ name: String, targets: TargetKind = .likePredictions, reduction: LossReduction = .sumOverBatchSize,
        _ function: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    ) {
        self.name = name
        self.targetKind = targets
        self.reduction = reduction
        self.function = function
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        try targetKind.specification(for: prediction, owner: "loss \(name)")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor { function(prediction, target) }

    public static func == (left: Self, right: Self) -> Bool { left.identity === right.identity }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(identity)) }
}

/// What makes a value with a closure the same as its copies alone.
final class ClosureIdentity: Sendable {}

extension Loss where Self == CustomLoss {
    /// A loss of one's own, as a function of symbolic tensors.
    public static func custom(
        _ name: String, targets: TargetKind = .likePredictions, reduction: LossReduction = .sumOverBatchSize,
        _ function: @escaping @Sendable (_ prediction: Tensor, _ target: Tensor) -> Tensor
    ) -> Self { .init(name, targets: targets, reduction: reduction, function) }
}
