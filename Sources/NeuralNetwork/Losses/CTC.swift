import Engine
import Memory

/// Connectionist temporal classification (Graves et al., 2006): minus the logarithm of the probability of a sequence of
/// labels, summed over all alignments with the steps of the prediction.
///
/// Predictions are logits (batch, steps, classes), class 0 being the blank; a softmax in front is not undone. Targets are
/// labels (batch, labels) from 1 on, and zeros behind them. A step of the prediction is a few operations of the graph, so
/// that planning takes time in proportion to the number of steps.
public struct CTC: Loss, Hashable {
    /// How many labels a target has room for; the data's targets have this extent.
    public let labelCount: Int?
    public let reduction: LossReduction
    public var name: String { "ctc" }

    /// - Parameter labelCount: the extent of the targets; nil: as many as the predictions have steps.
    public init(labelCount: Int? = nil, reduction: LossReduction = .sumOverBatchSize) {
        precondition(labelCount ?? 1 > 0, "CTC: labelCount is \(labelCount ?? 0), expected a number from 1 on")
        self.labelCount = labelCount
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        guard prediction.rank == 2 else {
            throw ModelError(
                "loss \(name): predictions have shape \(prediction), expected (steps, classes) for each sample")
        }
        return TargetSpecification(
            shape: [labelCount ?? prediction[0]], type: .int32,
            meaning: "labels 1 to \(prediction[1] - 1), then zeros (CTC(labelCount:) sets how many)")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let (rows, steps, labels) = (prediction.shape[0], prediction.shape[1], target.shape[1])
        let graph = prediction.graph
        let logarithms = prediction.logSoftmax()
        let emitted = logarithms.matrixProduct(
            target.oneHot(depth: prediction.shape.last), transposeRight: true)
        let isLabel = target.equal(target.number(0)).scaled(by: -1, offset: 1)
        // 1 where the next label is the same, so that a blank must stand between.
        let repeats =
            labels == 1
            ? graph.constant(0, shape: [rows, 1])
            : target.sliced(axis: 1, 0..<labels - 1).equal(target.sliced(axis: 1, 1..<labels))
                .padded(before: [0, 0], after: [0, 1])
        // Logarithms of the probability of having said n labels, a blank or the n-th label last.
        var blank = graph.constant(
            Array(repeating: [0] + Array(repeating: Self.never, count: labels), count: rows).flatMap { $0 },
            shape: [rows, labels + 1])
        var label = graph.constant(Self.never, shape: [rows, labels])
        for step in 0..<steps {
            let ofLabels = emitted.sliced(axis: 1, step..<step + 1).reshaped([rows, labels])
            let ofBlank = logarithms.sliced(begin: [0, step, 0], shape: [rows, 1, 1]).reshaped([rows, 1])
            let ready = blank.joining(label + repeats * Self.never)
            let again = label + ofBlank + repeats.scaled(by: -Self.never, offset: Self.never)
            label = ready.sliced(axis: 1, 0..<labels).logSum(label) + ofLabels
            blank = (ready + ofBlank).joining(again)
        }
        let ends = isLabel.sum(axes: [1]).casted(to: .int32).oneHot(depth: labels + 1)
        return -(blank.joining(label) * ends).sum(axes: [1])
    }

    /// The logarithm of no probability.
    private static let never: Float = -1e5
}

extension Tensor {
    /// `log(eˣ + eʸ)`.
    fileprivate func logSum(_ other: Tensor) -> Tensor {
        maximum(other) + (self - other).abs().scaled(by: -1).exp().log1p()
    }

    /// The first column as it is, the others summed (as logarithms) with as many of another tensor.
    fileprivate func joining(_ other: Tensor) -> Tensor {
        let rest = sliced(axis: 1, 1..<shape[1]).logSum(other)
        return .concatenate([sliced(axis: 1, 0..<1), rest], axis: 1)
    }
}

extension Loss where Self == CTC {
    /// Connectionist temporal classification.
    public static var ctc: Self { .init() }
    /// Connectionist temporal classification.
    public static func ctc(labelCount: Int? = nil, reduction: LossReduction = .sumOverBatchSize) -> Self {
        .init(labelCount: labelCount, reduction: reduction)
    }
}
