import Memory

/// A tensor of given numbers.
package struct ConstantValues: Operation {
    package let values: [Float]
    package let shape: Shape
    package var name: String { "constants" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [TensorType(shape)] }
}

extension Graph {
    /// A tensor of the given numbers, row-major.
    public func constant(_ values: [Float], shape: Shape) -> Tensor {
        precondition(values.count == shape.elementCount, "constant: \(values.count) numbers for shape \(shape)")
        return apply(ConstantValues(values: values, shape: shape), [])[0]
    }
}

extension Tensor {
    /// `(x − mean) / max(√variance, epsilon)`, or `mean + x · max(√variance, epsilon)` when inverted.
    ///
    /// - Parameters:
    ///   - mean: one number for each index of the kept axes, like `variance`; both are constants to gradients.
    ///   - axes: the kept axes of this tensor's samples.
    package func normalized(
        mean: Tensor, variance: Tensor, along axes: KeptAxes, epsilon: Float, isInverted: Bool
    ) -> Tensor {
        precondition(shape.withoutFirst == axes.sample, "normalized: samples \(shape.withoutFirst), not \(axes.sample)")
        let aligned = Shape([1] + axes.sample.dimensions.indices.map { axes.axes.contains($0) ? axes.sample[$0] : 1 })
        let center = mean.reshaped(aligned).stoppingGradient()
        // The NaN of a negative variance stays, as in Keras.
        let least = graph.constant(epsilon, shape: [])
        let deviation = variance.reshaped(aligned).stoppingGradient().sqrt().maximum(least)
        return isInverted ? center + self * deviation : (self - center) / deviation
    }
}
