import Engine
import Memory

extension Tensor {
    /// The scores behind a prediction, classes along the last axis: its logits if it comes out of a softmax, so that the
    /// two are always one computation, exact also where the probability is 0 or 1 in float32 (Keras on JAX and PyTorch
    /// stops at 16.118).
    ///
    /// - Parameter axis: the axis of classes; negative ones count from the last.
    func scores(axis: Int = -1) -> (tensor: Tensor, areLogits: Bool) {
        let axis = axis < 0 ? axis + shape.rank : axis
        let isLast = axis == shape.rank - 1
        var tensor = self
        // A change of type, or of the axes in front of the classes, stands between.
        while tensor.producer.operation is Cast
            || isLast && tensor.producer.operation is ReshapeOperation && tensor.previous.shape.last == shape.last
        {
            tensor = tensor.previous
        }
        let isSoftmax =
            switch tensor.producer.operation {
            case is SoftmaxOperation: isLast
            case let simplex as Simplex: simplex.function == .softmax && simplex.axis == axis
            default: false
            }
        guard isSoftmax else { return (movingToLast(axis), false) }
        return (tensor.previous.casted(to: type.scalar).reshaped(shape).movingToLast(axis), true)
    }

    /// The scores of classes along the last axis.
    var scores: (tensor: Tensor, areLogits: Bool) { scores() }

    /// The logits of a prediction that comes out of a sigmoid; nil for others.
    var sigmoidLogits: Tensor? {
        var tensor = self
        while tensor.producer.operation is Cast || tensor.producer.operation is ReshapeOperation {
            tensor = tensor.previous
        }
        guard let unary = tensor.producer.operation as? Unary, unary.function == .sigmoid else { return nil }
        return tensor.previous.casted(to: type.scalar).reshaped(shape)
    }

    /// At least `lower` and at most `upper`; at both ends half the gradient, as in JAX.
    func bounded(from lower: Float, to upper: Float) -> Tensor { maximum(number(lower)).minimum(number(upper)) }

    /// The first input of the operation that makes this tensor.
    private var previous: Tensor { Tensor(graph: graph, id: producer.inputs[0]) }
}

/// Keras's `epsilon`, the least probability that the logarithm is taken of.
let leastProbability: Float = 1e-7
/// `1 − epsilon`, rounded once.
let largestProbability = Float(1 - 1e-7)
