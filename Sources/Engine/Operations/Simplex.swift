import Memory

/// Functions that bring the numbers along an axis onto a simplex.
package enum SimplexFunction: Sendable, Hashable {
    /// `eˣ / Σ eˣ`.
    case softmax
    /// `x − log Σ eˣ`.
    case logSoftmax
    /// The nearest point of the simplex (Martins and Astudillo, 2016): `max(x − τ, 0)` with the τ that makes it sum to 1.
    case sparsemax
}

/// A simplex function along one axis. Softmax along the last axis is `SoftmaxOperation`, which losses look for.
package struct Simplex: Operation {
    package let function: SimplexFunction
    package let axis: Int
    package var name: String { "\(function) along axis \(axis)" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        [TensorType(inputs[0].shape, inputs[0].scalar.arithmetic)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        inputs[0].graph.apply(SimplexGradient(function: function, axis: axis), [outputGradients[0]!, outputs[0]])
    }
}

/// Inputs: the gradient of the output, and the output.
package struct SimplexGradient: Operation {
    package let function: SimplexFunction
    package let axis: Int
    package var name: String { "gradient of \(function) along axis \(axis)" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[1]] }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (g, y, h) = (inputs[0], inputs[1], outputGradients[0]!)
        func sum(_ tensor: Tensor) -> Tensor { tensor.sum(axes: [axis], keepDimensions: true) }
        switch function {
        case .softmax:
            // The output is y (g − Σ g y).
            let ofGradient = y.graph.apply(self, [h, y])[0]
            return [needed[0] ? ofGradient : nil, needed[1] ? h * (g - sum(g * y)) - g * sum(h * y) : nil]
        case .logSoftmax:
            // The output is g − eʸ Σ g.
            let powers = y.exp()
            return [needed[0] ? h - sum(h * powers) : nil, needed[1] ? -(h * powers * sum(g)) : nil]
        case .sparsemax:
            // Linear in the gradient and symmetric; where it is differentiable the support is constant.
            return [needed[0] ? y.graph.apply(self, [h, y])[0] : nil, nil]
        }
    }
}

extension Tensor {
    private func simplex(_ function: SimplexFunction, _ axis: Int) -> Tensor {
        let axis = axis < 0 ? axis + shape.rank : axis
        precondition((0..<shape.rank).contains(axis), "\(function): axis \(axis) of \(shape)")
        if function == .softmax && axis == shape.rank - 1 { return graph.apply(SoftmaxOperation(), [self])[0] }
        return graph.apply(Simplex(function: function, axis: axis), [self])[0]
    }

    /// `eˣ / Σ eˣ` along an axis (negative ones count from the last).
    ///
    /// - Parameter mask: 1 where a number counts and 0 where it does not, of a shape that broadcasts: 10⁹ is taken off
    ///   those that do not count, as in Keras, so that a row without any is uniform over its numbers.
    public func softmax(axis: Int = -1, mask: Tensor? = nil) -> Tensor {
        guard let mask else { return simplex(.softmax, axis) }
        let penalty = mask.casted(to: .float32).scaled(by: 1e9, offset: -1e9)
        return (casted(to: .float32) + penalty).casted(to: type.scalar).simplex(.softmax, axis)
    }

    /// `x − log Σ eˣ` along an axis (negative ones count from the last), exact for any numbers.
    public func logSoftmax(axis: Int = -1) -> Tensor { simplex(.logSoftmax, axis) }

    /// The nearest point of the simplex along an axis: like softmax, with zeros. Keras 3.15's differs from the paper's where
    /// more than one number is above zero.
    public func sparsemax(axis: Int = -1) -> Tensor { simplex(.sparsemax, axis) }
}
