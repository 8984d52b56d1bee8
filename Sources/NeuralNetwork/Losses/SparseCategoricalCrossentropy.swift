import Engine
import Memory

/// `−log p[label]`: targets are class numbers, and have no axis of classes.
///
/// Predictions are probabilities, divided by their sum and clipped to [1e-7, 1 − 1e-7] as in Keras, or logits. Behind a
/// softmax the loss is computed from its logits without clipping.
public struct SparseCategoricalCrossentropy: Loss, Hashable {
    public let fromLogits: Bool
    /// A label that does not count: such positions are neither added nor divided by. It need not be a class (−1, 255).
    public let ignoredClass: Int?
    /// The axis of classes, as Keras counts axes: the batch is 0, negative ones count from the last.
    public let axis: Int
    public let reduction: LossReduction
    public var name: String { "sparse_categorical_crossentropy" }

    public init(
        fromLogits: Bool = false, ignoredClass: Int? = nil, axis: Int = -1,
        reduction: LossReduction = .sumOverBatchSize
    ) {
        self.fromLogits = fromLogits
        self.ignoredClass = ignoredClass
        self.axis = axis
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        let plain = try TargetSpecification.classNumbers(prediction, axis: axis, owner: "loss \(name)")
        guard let ignoredClass else { return plain }
        return TargetSpecification(
            shape: plain.shape, type: .int32, meaning: "\(plain.meaning), or \(ignoredClass), which is ignored")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let scores = prediction.scores(axis: axis)
        let isFused = fromLogits || scores.areLogits
        guard ignoredClass != nil else { return scores.tensor.crossEntropy(target, .sparse, fromLogits: isFused) }
        let valid = isValid(target)
        let labels = Tensor.select(valid, target, target.number(0)).casted(to: .int32)
        let losses = scores.tensor.crossEntropy(labels, .sparse, fromLogits: isFused)
        return .select(valid, losses, target.number(0))
    }

    public func validity(of values: Tensor, target: Tensor) -> Tensor? {
        ignoredClass == nil ? nil : isValid(target)
    }

    /// 1 where the label counts.
    private func isValid(_ target: Tensor) -> Tensor {
        target.equal(target.number(Float(ignoredClass ?? 0))).scaled(by: -1, offset: 1)
    }
}

extension Loss where Self == SparseCategoricalCrossentropy {
    /// `−log p[label]` for targets that are class numbers.
    public static var sparseCategoricalCrossentropy: Self { .init() }
    /// `−log p[label]` for targets that are class numbers.
    public static func sparseCategoricalCrossentropy(
        fromLogits: Bool = false, ignoredClass: Int? = nil, axis: Int = -1,
        reduction: LossReduction = .sumOverBatchSize
    ) -> Self { .init(fromLogits: fromLogits, ignoredClass: ignoredClass, axis: axis, reduction: reduction) }
}
