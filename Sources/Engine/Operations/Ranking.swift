import Memory

/// 1 at the largest elements along the last axis and 0 elsewhere; of equal ones the first count.
package struct TopMask: Operation {
    /// How many of each row.
    package let count: Int
    package var name: String { "top \(count)" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [TensorType(inputs[0].shape)] }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        [nil]
    }
}

extension Tensor {
    /// 1 at the `count` largest elements along the last axis and 0 elsewhere, without a gradient; of equal ones the first
    /// count, and a NaN never does.
    public func topMask(_ count: Int) -> Tensor {
        precondition(shape.rank > 0 && count > 0, "topMask: \(count) of \(shape)")
        return graph.apply(TopMask(count: count), [self])[0]
    }

    /// The number of the largest element along the last axis, which goes away, as a float32 without a gradient; the first of
    /// equal ones.
    public func indexOfLargest() -> Tensor {
        (topMask(1) * graph.constant((0..<shape.last).map(Float.init), shape: [shape.last])).sum(axes: [-1])
    }
}
