import Engine
import Memory

/// How the values of a loss become one number; `w` are sample weights, `m` masks (1 where a value counts).
public enum LossReduction: String, Sendable, Hashable, CaseIterable {
    /// `Σ w m l / Σ m`, Keras's default: without a mask the sum is divided by the number of values, not by `Σ w`.
    case sumOverBatchSize = "sum_over_batch_size"
    /// `Σ w m l / Σ w m`.
    case meanWithSampleWeight = "mean_with_sample_weight"
    /// `Σ w m l`.
    case sum

    /// The reduction of a name in Keras's configurations; `mean` is another word for the default.
    package init?(kerasName: String) {
        self.init(rawValue: kerasName == "mean" ? "sum_over_batch_size" : kerasName)
    }
}

/// The loss of a batch at one output.
package struct ReducedLoss {
    /// What the losses of the parts of a batch count for in the loss of the whole.
    package enum Share {
        /// Each as much as it has rows.
        case rows
        /// Each as much as this scalar, which its sum was divided by.
        case divisor(Tensor)
        /// Sums add up.
        case sum
    }

    /// A scalar.
    package let value: Tensor
    package let share: Share
    /// Whether it is a loss of all rows together, which those of parts say nothing about.
    package let couplesRows: Bool
}

extension Loss {
    /// The loss of a batch.
    ///
    /// - Parameters:
    ///   - weights: of the rows, or of positions in them: the leading axes of the values. Nil: 1.
    ///   - mask: what counts, as above. Nil: everything. Left out where it does not have the leading axes of the values.
    package func reduced(prediction: Tensor, target: Tensor, weights: Tensor?, mask: Tensor?) -> ReducedLoss {
        var values = values(prediction: prediction, target: target)
        let couplesRows = couplesRows || values.shape.rank == 0
        // A loss of the whole batch is every row's: its mean is times the mean of the weights, as in Keras.
        if let weights, values.shape.rank == 0 { values = values.broadcast(to: weights.shape) }
        let weights = weights?.factors(of: values)
        var valid = mask?.factors(of: values)
        if let validity = validity(of: values, target: target) { valid = valid.map { $0 * validity } ?? validity }
        let factors = valid.map { valid in weights.map { $0 * valid } ?? valid } ?? weights
        let weighted = factors.map { values * $0 } ?? values
        let divisor: Tensor
        switch (reduction, valid, factors) {
        case (.sum, _, _): return ReducedLoss(value: weighted.sum(), share: .sum, couplesRows: couplesRows)
        case (.sumOverBatchSize, let valid?, _): divisor = valid.sum()
        case (.meanWithSampleWeight, _, let factors?): divisor = factors.sum()
        default: return ReducedLoss(value: weighted.mean(), share: .rows, couplesRows: couplesRows)
        }
        // Nothing that counts is a loss of 0, and no division by 0.
        let (zero, one) = (values.graph.constant(0, shape: []), values.graph.constant(1, shape: []))
        let safe = Tensor.select(divisor.equal(zero), one, divisor)
        return ReducedLoss(value: weighted.sum() / safe, share: .divisor(divisor), couplesRows: couplesRows)
    }
}

extension Tensor {
    /// Weights (or a mask) of the leading axes of `values` as factors of all of them; nil where the axes differ.
    package func factors(of values: Tensor) -> Tensor? {
        var extents = shape.dimensions
        // A last axis of extent 1 stands for none, unless the values have it.
        while extents.count > 1, extents.last == 1,
            extents.count > values.shape.rank || values.shape[extents.count - 1] != 1
        {
            extents.removeLast()
        }
        guard extents.count <= values.shape.rank,
            Array(values.shape.dimensions.prefix(extents.count)) == extents
        else { return nil }
        let missing = Array(repeating: 1, count: values.shape.rank - extents.count)
        return casted(to: .float32).reshaped(Shape(extents + missing)).broadcast(to: values.shape)
    }
}
