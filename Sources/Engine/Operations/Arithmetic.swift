import Memory

/// Two tensors of one shape, element by element.
package struct Binary: Operation {
    package enum Function: String, Sendable {
        case add, subtract, multiply
    }

    package let function: Function
    package var name: String { function.rawValue }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(
            inputs[0].shape == inputs[1].shape, "\(name): shapes \(inputs[0].shape) and \(inputs[1].shape) differ")
        return [inputs[0]]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let gradient = outputGradients[0]!
        return switch function {
        case .add: [gradient, gradient]
        case .subtract: [gradient, needed[1] ? gradient.scaled(by: -1) : nil]
        case .multiply: [needed[0] ? gradient * inputs[1] : nil, needed[1] ? gradient * inputs[0] : nil]
        }
    }
}

/// Which elements a reduction puts together.
package enum ReductionAxes: Sendable {
    /// All: the result is a scalar.
    case all
    /// Those of the last axis, which goes away.
    case last
}

/// Sum times a factor: a sum with factor 1, a mean with 1/n.
package struct Reduce: Operation {
    package let axes: ReductionAxes
    package let factor: Float
    package var name: String { "reduce" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let shape = inputs[0].shape
        return [TensorType(axes == .all ? [] : Shape(Array(shape.dimensions.dropLast())))]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        inputs[0].graph.apply(Expand(shape: inputs[0].shape, factor: factor), [outputGradients[0]!])
    }
}

/// Each element repeated along new trailing axes up to `shape`, times a factor: the gradient of `Reduce`.
package struct Expand: Operation {
    package let shape: Shape
    package let factor: Float
    package var name: String { "expand" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(
            Array(shape.dimensions.prefix(inputs[0].shape.rank)) == inputs[0].shape.dimensions,
            "expand: \(inputs[0].shape) does not lead \(shape)")
        return [TensorType(shape)]
    }
}

/// The same elements in row-major order under another shape.
package struct ReshapeOperation: Operation {
    package let shape: Shape
    package var name: String { "reshape" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(
            inputs[0].shape.elementCount == shape.elementCount, "reshape: \(inputs[0].shape) does not fit \(shape)")
        return [TensorType(shape, inputs[0].scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        [outputGradients[0]!.reshaped(inputs[0].shape)]
    }
}

extension Tensor {
    public static func + (left: Tensor, right: Tensor) -> Tensor {
        left.graph.apply(Binary(function: .add), [left, right])[0]
    }

    public static func - (left: Tensor, right: Tensor) -> Tensor {
        left.graph.apply(Binary(function: .subtract), [left, right])[0]
    }

    public static func * (left: Tensor, right: Tensor) -> Tensor {
        left.graph.apply(Binary(function: .multiply), [left, right])[0]
    }

    /// The sum of all elements, a scalar.
    public func sum() -> Tensor { graph.apply(Reduce(axes: .all, factor: 1), [self])[0] }

    /// The mean of all elements, a scalar.
    public func mean() -> Tensor {
        graph.apply(Reduce(axes: .all, factor: 1 / Float(max(1, shape.elementCount))), [self])[0]
    }

    /// The mean over the last axis.
    public func meanOfLastAxis() -> Tensor {
        graph.apply(Reduce(axes: .last, factor: 1 / Float(shape.last)), [self])[0]
    }

    /// Each element repeated along new trailing axes up to `shape`.
    public func expanded(to shape: Shape) -> Tensor { graph.apply(Expand(shape: shape, factor: 1), [self])[0] }

    /// The same elements in row-major order under another shape of as many elements.
    public func reshaped(_ shape: Shape) -> Tensor {
        self.shape == shape ? self : graph.apply(ReshapeOperation(shape: shape), [self])[0]
    }
}
