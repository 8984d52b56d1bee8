import Memory

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

/// Axes in another order: axis `i` of the output is axis `permutation[i]` of the input.
package struct Transpose: Operation {
    package let permutation: [Int]
    package var name: String { "transpose" }

    /// The order that turns the result back.
    package var inverse: [Int] { permutation.indices.map { permutation.firstIndex(of: $0)! } }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(
            permutation.sorted() == Array(0..<inputs[0].shape.rank), "transpose: \(inputs[0].shape) by \(permutation)")
        return [TensorType(Shape(permutation.map { inputs[0].shape[$0] }), inputs[0].scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        [outputGradients[0]!.transposed(inverse)]
    }
}

/// Tensors one behind the other along an axis.
package struct Concatenate: Operation {
    package let axis: Int
    package var name: String { "concatenate" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        var shape = inputs[0].shape
        for input in inputs.dropFirst() {
            var other = input.shape
            other[axis] = shape[axis]
            precondition(other == shape, "concatenate: \(inputs.map(\.shape)) along axis \(axis)")
            shape[axis] += input.shape[axis]
        }
        return [TensorType(shape, inputs[0].scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        var begin = 0
        return zip(inputs, needed).map { input, isNeeded in
            defer { begin += input.shape[axis] }
            return isNeeded ? outputGradients[0]!.sliced(axis: axis, begin..<begin + input.shape[axis]) : nil
        }
    }
}

/// Every `step`-th element from `begin` on, `shape` of them along each axis.
package struct Slice: Operation {
    package let begin: [Int]
    package let step: [Int]
    package let shape: Shape
    package var name: String { "slice" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        for axis in begin.indices {
            precondition(
                begin[axis] >= 0 && begin[axis] + max(0, shape[axis] - 1) * step[axis] < max(1, inputs[0].shape[axis]),
                "slice: \(shape) from \(begin) by \(step) of \(inputs[0].shape)")
        }
        return [TensorType(shape, inputs[0].scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let operation = Insert(begin: begin, step: step, shape: inputs[0].shape, value: 0)
        return inputs[0].graph.apply(operation, [outputGradients[0]!])
    }
}

/// A tensor of one value in which the input lies at every `step`-th place from `begin` on: padding, and the gradient of
/// `Slice`.
package struct Insert: Operation {
    package let begin: [Int]
    package let step: [Int]
    package let shape: Shape
    package let value: Float
    package var name: String { "insert" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [TensorType(shape, inputs[0].scalar)] }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let operation = Slice(begin: begin, step: step, shape: inputs[0].shape)
        return inputs[0].graph.apply(operation, [outputGradients[0]!])
    }
}

extension Tensor {
    /// The same elements in row-major order under another shape of as many elements.
    public func reshaped(_ shape: Shape) -> Tensor {
        self.shape == shape ? self : graph.apply(ReshapeOperation(shape: shape), [self])[0]
    }

    /// Axes in another order: axis `i` of the result is axis `permutation[i]` of this.
    public func transposed(_ permutation: [Int]) -> Tensor {
        permutation == Array(0..<shape.rank) ? self : graph.apply(Transpose(permutation: permutation), [self])[0]
    }

    /// Tensors one behind the other along an axis (negative ones count from the last); all other extents are equal.
    public static func concatenate(_ tensors: [Tensor], axis: Int) -> Tensor {
        let axis = axis < 0 ? axis + tensors[0].shape.rank : axis
        return tensors.count == 1 ? tensors[0] : tensors[0].graph.apply(Concatenate(axis: axis), tensors)[0]
    }

    /// The elements of a range of an axis.
    public func sliced(axis: Int, _ range: Range<Int>) -> Tensor {
        let axis = axis < 0 ? axis + shape.rank : axis
        var (begin, extents) = ([Int](repeating: 0, count: shape.rank), shape)
        begin[axis] = range.lowerBound
        extents[axis] = range.count
        return sliced(begin: begin, shape: extents)
    }

    /// `shape` elements along each axis from `begin` on, every `step`-th.
    public func sliced(begin: [Int], shape extents: Shape, step: [Int]? = nil) -> Tensor {
        let step = step ?? Array(repeating: 1, count: shape.rank)
        if extents == shape && step.allSatisfy({ $0 == 1 }) { return self }
        return graph.apply(Slice(begin: begin, step: step, shape: extents), [self])[0]
    }

    /// The tensor with `before` and `after` more elements of one value along each axis.
    public func padded(before: [Int], after: [Int], value: Float = 0) -> Tensor {
        if before.allSatisfy({ $0 == 0 }) && after.allSatisfy({ $0 == 0 }) { return self }
        let extents = Shape(shape.dimensions.indices.map { before[$0] + shape[$0] + after[$0] })
        let step = Array(repeating: 1, count: shape.rank)
        return graph.apply(Insert(begin: before, step: step, shape: extents, value: value), [self])[0]
    }
}
