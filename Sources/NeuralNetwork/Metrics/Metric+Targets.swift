import Engine
import Memory

extension Tensor {
    /// A target as numbers of the shape of the predictions.
    ///
    /// Class numbers stand for their one-hot rows where the predictions have an axis of classes that the target has not.
    ///
    /// - Parameter metric: for messages.
    func aligned(with prediction: Tensor, metric: String) throws(ModelError) -> Tensor {
        let shape = prediction.shape
        if self.shape.elementCount == shape.elementCount { return casted(to: .float32).reshaped(shape) }
        let positions = shape.withoutLast
        guard type.scalar == .int32, self.shape.elementCount == positions.elementCount else {
            throw ModelError(
                "metric \(metric): expects targets like the predictions, of shape \(shape.withoutFirst), or class numbers; the "
                    + "output's targets have shape \(self.shape.withoutFirst)")
        }
        return reshaped(positions).oneHot(depth: shape.last)
    }

    /// A target as one class number for each row of scores, still of its own type.
    ///
    /// - Parameter metric: for messages.
    func classNumbers(for prediction: Tensor, metric: String) throws(ModelError) -> Tensor {
        let positions = prediction.shape.withoutLast
        guard prediction.shape.rank > 1, shape.elementCount == positions.elementCount else {
            throw ModelError(
                "metric \(metric): expects a class number for each row of scores, of shape "
                    + "\(positions.withoutFirst), the output's targets have shape \(shape.withoutFirst)")
        }
        return reshaped(positions)
    }

    /// 1 where an element is not 0.
    var isNotZero: Tensor { equal(number(0)).scaled(by: -1, offset: 1) }

    /// 1 − x.
    var complement: Tensor { scaled(by: -1, offset: 1) }

    /// These times factors; as they are without any.
    func weighted(by factors: Tensor?) -> Tensor { factors.map { self * $0 } ?? self }
}

extension Shape {
    /// Without the last axis; a shape without axes stays as it is.
    var withoutLast: Shape { Shape(Array(dimensions.dropLast())) }
}

/// `a / b`; 0 where b is 0, as in Keras.
func quotient(_ a: Double, _ b: Double) -> Double { b == 0 ? 0 : a / b }
