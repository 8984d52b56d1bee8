import Memory

/// A tensor of given numbers.
package struct ConstantValues: Operation {
    package let values: [Float]
    package let shape: Shape
    package var name: String { "constants" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [TensorType(shape)] }
}

/// Mean and deviation of each element of a period, from the mean and the variance of each index of the kept axes. The
/// deviation is `max(√variance, epsilon)`.
package struct NormalizationFactors: Operation {
    package let keptAxes: KeptAxes
    package let epsilon: Float
    package var name: String { "normalization factors" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        for input in inputs {
            precondition(
                input.shape == keptAxes.shape, "\(name): shape \(input.shape), expected \(keptAxes.shape)")
        }
        let type = TensorType([keptAxes.period])
        return [type, type]
    }

    /// None: to Keras the statistics are constants.
    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        [nil, nil]
    }
}

/// `(x − mean) / deviation`, or `mean + x · deviation` when inverted. Inputs are x, then both factors of a period.
package struct Normalize: Operation {
    package let isInverted: Bool
    package var name: String { isInverted ? "denormalize" : "normalize" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[0]] }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        guard needed[0] else { return [nil, nil, nil] }
        let gradient = inputs[0].graph.apply(
            NormalizeGradient(isInverted: isInverted), [outputGradients[0]!, inputs[2]])[0]
        return [gradient, nil, nil]
    }
}

/// The gradient of `Normalize`: inputs are the gradient of its output and the deviations of a period.
package struct NormalizeGradient: Operation {
    package let isInverted: Bool
    package var name: String { "gradient of \(isInverted ? "denormalize" : "normalize")" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[0]] }
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
        let factors = graph.apply(NormalizationFactors(keptAxes: axes, epsilon: epsilon), [mean, variance])
        return graph.apply(Normalize(isInverted: isInverted), [self] + factors)[0]
    }
}
