import Memory

/// Rows of a table (rows, …) by `int32` numbers of any shape: (numbers…, …). A number that is no row gives zeros, and the run
/// says so (`RunState.invalidIndex`).
package struct Gather: Operation {
    package var name: String { "gather" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(
            inputs[0].shape.rank >= 1 && inputs[1].scalar == .int32,
            "gather: table \(inputs[0]), numbers \(inputs[1])")
        return [
            TensorType(Shape(inputs[1].shape.dimensions + inputs[0].shape.dimensions.dropFirst()), inputs[0].scalar)
        ]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let operation = ScatterAdd(rows: inputs[0].shape[0], scalar: inputs[0].type.scalar)
        return [inputs[0].graph.apply(operation, [outputGradients[0]!, inputs[1]])[0], nil]
    }
}

/// Inputs: gradients (numbers…, …), numbers. Output (rows, …): for each row the sum of the gradients at its places.
package struct ScatterAdd: Operation {
    package let rows: Int
    package let scalar: ScalarType
    package var name: String { "scatter-add" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let row = inputs[0].shape.dimensions.dropFirst(inputs[1].shape.rank)
        return [TensorType(Shape([rows] + row), scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        [outputGradients[0]!.gathered(inputs[1]).casted(to: inputs[0].type.scalar), nil]
    }
}

/// 1 at the number of each place, along a new last axis; all zeros for a number outside of it.
package struct OneHot: Operation {
    package let depth: Int
    package var name: String { "one-hot" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(inputs[0].scalar == .int32, "one-hot: \(inputs[0])")
        return [TensorType(Shape(inputs[0].shape.dimensions + [depth]))]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        [nil]
    }
}

extension Tensor {
    /// The rows of this table (rows, …) with the given `int32` numbers: (numbers…, …).
    ///
    /// A number outside of `0..<rows` gives a row of zeros without a gradient, and `RunState.invalidIndex` names the first.
    public func gathered(_ numbers: Tensor) -> Tensor { graph.apply(Gather(), [self, numbers])[0] }

    /// Distributions (…, depth) that are 1 at these `int32` numbers; zeros for a number outside of `0..<depth`.
    public func oneHot(depth: Int) -> Tensor { graph.apply(OneHot(depth: depth), [self])[0] }
}
