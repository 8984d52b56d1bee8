import Memory

/// An axis from its end to its begin.
package struct Reverse: Operation {
    package let axis: Int
    package var name: String { "reverse" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { inputs }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        inputs[0].graph.apply(self, [outputGradients[0]!])
    }
}

/// Sums along an axis up to each place, or from each place on.
package struct CumulativeSum: Operation {
    package let axis: Int
    package let isBackwards: Bool
    package var name: String { "cumulative sum" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        [TensorType(inputs[0].shape, inputs[0].scalar.arithmetic)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        inputs[0].graph.apply(CumulativeSum(axis: axis, isBackwards: !isBackwards), [outputGradients[0]!])
    }
}

extension Tensor {
    private func checked(_ axis: Int, _ name: String) -> Int {
        let result = axis < 0 ? axis + shape.rank : axis
        precondition((0..<shape.rank).contains(result), "\(name): axis \(axis) of \(shape)")
        return result
    }

    /// An axis (negative ones count from the last) from its end to its begin.
    public func reversed(axis: Int) -> Tensor {
        graph.apply(Reverse(axis: checked(axis, "reverse")), [self])[0]
    }

    /// Sums along an axis (negative ones count from the last) up to each place, itself included; or from each place on.
    public func cumulativeSum(axis: Int, backwards: Bool = false) -> Tensor {
        graph.apply(CumulativeSum(axis: checked(axis, "cumulative sum"), isBackwards: backwards), [self])[0]
    }
}
