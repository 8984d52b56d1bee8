import Memory

/// `γ (x − mean) / √(variance + ε) + β` for each index of the last axis.
///
/// Inputs: x (…, channels), γ and β (channels), and where statistics are given, mean and variance (channels). Outputs: like
/// x, and where they are not given, the mean and the biased variance of the batch, in float32. The statistics have no
/// gradients of their own; those of x go through them where they are the batch's.
package struct BatchNormalize: Operation {
    package let epsilon: Float
    package let areGiven: Bool
    package var name: String { "batch normalization" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let channels = Shape([inputs[0].shape.last])
        precondition(
            inputs.dropFirst().allSatisfy { $0.shape == channels } && inputs.count == (areGiven ? 5 : 3),
            "\(name): \(inputs.map(\.shape))")
        return areGiven ? [inputs[0]] : [inputs[0], TensorType(channels), TensorType(channels)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        guard let gradient = outputGradients[0] else { return inputs.map { _ in nil } }
        let statistics = areGiven ? Array(inputs[3...4]) : Array(outputs[1...2])
        let operation = BatchNormalizeGradient(epsilon: epsilon, areGiven: areGiven)
        let results = gradient.graph.apply(operation, [gradient, inputs[0], inputs[1]] + statistics)
        return results.map { $0 } + (areGiven ? [nil, nil] : [])
    }
}

/// Inputs: the gradient of the output, x, γ, mean, variance. Outputs: the gradients of x, of γ and of β.
package struct BatchNormalizeGradient: Operation {
    package let epsilon: Float
    package let areGiven: Bool
    package var name: String { "gradient of batch normalization" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let channels = TensorType([inputs[1].shape.last])
        return [inputs[1], channels, channels]
    }
}

/// `γ (x − mean) / √(variance + ε) + β` for each row of the last axis, by the row's own mean and variance; without the
/// mean (`isCentred` false) by its mean square.
///
/// Inputs: x (…, n), γ and β (n). Outputs: like x, and for the gradient the mean and `1 / √(variance + ε)` of each row.
package struct RowNormalize: Operation {
    package let epsilon: Float
    package let isCentred: Bool
    package var name: String { isCentred ? "layer normalization" : "RMS normalization" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let shape = inputs[0].shape
        precondition(inputs.dropFirst().allSatisfy { $0.shape == [shape.last] }, "\(name): \(inputs.map(\.shape))")
        let rows = TensorType([shape.elementCount / max(1, shape.last)])
        return [inputs[0], rows, rows]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        guard let gradient = outputGradients[0] else { return [nil, nil, nil] }
        let graph = gradient.graph
        let statistics = [outputs[1], outputs[2]]
        var result: [Tensor?] = [nil, nil, nil]
        if needed[0] {
            result[0] =
                graph.apply(
                    RowNormalizeGradient(epsilon: epsilon, isCentred: isCentred),
                    [gradient, inputs[0], inputs[1]] + statistics)[0]
        }
        if needed[1] || needed[2] {
            let sums = graph.apply(
                RowNormalizeSums(epsilon: epsilon, isCentred: isCentred), [gradient, inputs[0]] + statistics)
            (result[1], result[2]) = (sums[0], sums[1])
        }
        return result
    }
}

/// Inputs: the gradient of the output, x, γ, the rows' means and factors. Output: the gradient of x.
package struct RowNormalizeGradient: Operation {
    package let epsilon: Float
    package let isCentred: Bool
    package var name: String { "gradient of row normalization" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [inputs[1]] }
}

/// Inputs: the gradient of the output, x, the rows' means and factors. Outputs: the gradients of γ and of β.
package struct RowNormalizeSums: Operation {
    package let epsilon: Float
    package let isCentred: Bool
    package var name: String { "gradients of scale and offset of row normalization" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let type = TensorType([inputs[1].shape.last])
        return [type, type]
    }
}

extension Tensor {
    /// Batch normalization over the last axis with the batch's own statistics; gives them, too: biased variance, float32.
    public func batchNormalized(
        scale: Tensor, offset: Tensor, epsilon: Float
    ) -> (output: Tensor, mean: Tensor, variance: Tensor) {
        let results = graph.apply(BatchNormalize(epsilon: epsilon, areGiven: false), [self, scale, offset])
        return (results[0], results[1], results[2])
    }

    /// Batch normalization over the last axis with given statistics, which are constants to gradients.
    public func batchNormalized(
        scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, epsilon: Float
    ) -> Tensor {
        graph.apply(BatchNormalize(epsilon: epsilon, areGiven: true), [self, scale, offset, mean, variance])[0]
    }

    /// Each row of the last axis by its own mean and variance, or without centring by its mean square; scale and offset
    /// are of the last axis.
    public func rowNormalized(scale: Tensor, offset: Tensor, epsilon: Float, isCentred: Bool = true) -> Tensor {
        graph.apply(RowNormalize(epsilon: epsilon, isCentred: isCentred), [self, scale, offset])[0]
    }
}
