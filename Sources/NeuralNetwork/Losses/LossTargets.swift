import Engine
import Memory

/// What the targets of a loss of one's own are.
public enum TargetKind: Sendable, Hashable {
    /// Numbers of the shape of the predictions.
    case likePredictions
    /// A class number for each row of scores: the shape of the predictions without their last axis, `int32`.
    case classNumbers
    /// Rows of a shape of their own.
    case rows(Shape, ScalarType)

    /// The targets for predictions of the given shape (of one sample).
    ///
    /// - Parameter owner: the loss or metric, for messages.
    package func specification(for prediction: Shape, owner: String) throws(ModelError) -> TargetSpecification {
        switch self {
        case .likePredictions: .values(prediction)
        case .classNumbers: try .classNumbers(prediction, axis: -1, owner: owner)
        case .rows(let shape, let type): TargetSpecification(shape: shape, type: type, meaning: "rows of \(shape)")
        }
    }
}

extension TargetSpecification {
    /// Numbers of the shape of the predictions.
    static func values(_ prediction: Shape) -> Self {
        Self(shape: prediction, type: .float32, meaning: "values like the predictions")
    }

    /// A distribution over the classes along an axis of the predictions.
    static func oneHot(_ prediction: Shape, axis: Int, owner: String) throws(ModelError) -> Self {
        let axis = try prediction.sampleAxis(axis, owner: owner)
        return Self(
            shape: prediction, type: .float32, meaning: "one-hot rows of \(prediction[axis - 1]) classes")
    }

    /// The numbers of the classes along an axis of the predictions, which goes away.
    static func classNumbers(_ prediction: Shape, axis: Int, owner: String) throws(ModelError) -> Self {
        let axis = try prediction.sampleAxis(axis, owner: owner)
        var extents = prediction.dimensions
        let classes = extents.remove(at: axis - 1)
        return Self(shape: Shape(extents), type: .int32, meaning: "class numbers 0 to \(classes - 1)")
    }
}

extension Shape {
    /// An axis of batches of samples of this shape, counted from the batch axis, which is 0.
    ///
    /// - Parameters:
    ///   - axis: as Keras counts them; negative ones count from the last.
    ///   - owner: the loss or metric, for messages.
    func sampleAxis(_ axis: Int, owner: String) throws(ModelError) -> Int {
        let found = axis < 0 ? axis + rank + 1 : axis
        guard (1..<rank + 1).contains(found) else {
            let known =
                rank == 0
                ? "predictions are single numbers; give the layer in front a last axis"
                : "predictions of shape \(self) have axes 1 to \(rank), or −\(rank) to −1; 0 is the batch"
            throw ModelError("\(owner): axis \(axis) is none of a sample: \(known)")
        }
        return found
    }
}

extension Tensor {
    /// The mean over the last axis; the tensor itself where the batch is its only axis.
    var meanOverLast: Tensor { shape.rank > 1 ? mean(axes: [-1]) : self }

    /// The tensor with an axis (negative ones count from the last) behind all others.
    func movingToLast(_ axis: Int) -> Tensor {
        let axis = axis < 0 ? axis + shape.rank : axis
        return transposed((0..<shape.rank).filter { $0 != axis } + [axis])
    }

    /// A number in this tensor's graph.
    func number(_ value: Float) -> Tensor { graph.constant(value, shape: []) }
}
