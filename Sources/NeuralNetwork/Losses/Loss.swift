import Engine
import Memory

/// What a training step makes small: one value per sample (and position), which the step reduces to a scalar.
///
/// A loss that is `Hashable` can be given to single steps (`trainOnBatch(_:loss:)`) without being planned each time.
public protocol Loss: Sendable {
    /// Keras's name in `compile`, for example `mean_squared_error`.
    var name: String { get }

    /// How targets must look for predictions of the given shape (of one sample).
    func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification

    /// The loss of every sample (and position): shape (batch, …), or a scalar where the whole batch has one loss.
    func values(prediction: Tensor, target: Tensor) -> Tensor

    /// How values become the batch's loss.
    var reduction: LossReduction { get }

    /// 1 where a value counts and 0 where it does not, for example because the target names a class to be ignored; of the
    /// shape of the values. Nil: all count.
    func validity(of values: Tensor, target: Tensor) -> Tensor?

    /// Whether a sample's loss depends on the other samples of the batch: such a batch cannot be computed in parts. What
    /// gives a scalar is taken for such a loss in any case. By default false.
    var couplesRows: Bool { get }
}

extension Loss {
    public var reduction: LossReduction { .sumOverBatchSize }
    public func validity(of values: Tensor, target: Tensor) -> Tensor? { nil }
    public var couplesRows: Bool { false }
}

/// The shape and type of one sample's target.
public struct TargetSpecification: Sendable, Equatable {
    /// Without the batch axis.
    public let shape: Shape
    /// `int32` for class numbers, `float32` otherwise.
    public let type: ScalarType
    /// What it is, for messages.
    public let meaning: String

    public init(shape: Shape, type: ScalarType, meaning: String) {
        self.shape = shape
        self.type = type
        self.meaning = meaning
    }

    /// Whether a column of such rows can be the target: equal but for axes of extent 1, as in Keras, where labels (n,)
    /// and (n, 1) are the same.
    public func accepts(_ row: Shape) -> Bool {
        shape.dimensions.filter { $0 != 1 } == row.dimensions.filter { $0 != 1 }
    }
}
