import Memory

/// A value that all parts of a batch make together: it is known once every part has told its own.
///
/// Such a value divides the run of a batch in parts into stages (`StagedStep`). A plan never holds one.
package protocol WholeBatchOperation: Operation {
    /// How the parts' inputs become the outputs.
    var combination: WholeBatchCombination { get }
}

/// How what the parts of a batch have becomes what the batch has.
package enum WholeBatchCombination: Sendable, Hashable {
    /// Elements are added up.
    case sum
    /// Numbers of elements, their means and biased variances become those of all elements.
    case moments
}

/// Sums over the parts of a batch. Inputs: any tensors; outputs: as many of the same shapes, float32.
package struct WholeBatchSum: WholeBatchOperation {
    package var name: String { "sum over the parts of a batch" }
    package var combination: WholeBatchCombination { .sum }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { inputs.map { TensorType($0.shape) } }

    // What every part computes from a sum has its share in the gradient of every summand.
    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let given = inputs.indices.filter { needed[$0] && outputGradients[$0] != nil }
        var result: [Tensor?] = inputs.map { _ in nil }
        let sums = inputs[0].graph.apply(WholeBatchSum(), given.map { outputGradients[$0]!.casted(to: .float32) })
        for (index, sum) in zip(given, sums) { result[index] = sum.casted(to: inputs[index].type.scalar) }
        return result
    }
}

/// Mean and biased variance over all parts of a batch.
///
/// Inputs: the number of elements of a part, their mean and variance (channels); outputs: number, mean and variance of
/// all. All have one shape.
package struct WholeBatchMoments: WholeBatchOperation {
    package var name: String { "moments over the parts of a batch" }
    package var combination: WholeBatchCombination { .moments }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        precondition(
            inputs.count == 3 && inputs.allSatisfy { $0 == inputs[0] && $0.scalar == .float32 },
            "\(name): \(inputs.map(\.shape))")
        return inputs
    }

    // With c elements of C: mean = Σ c m / C, variance = Σ c (v + (m − mean)²) / C.
    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let graph = inputs[0].graph
        let zero = graph.constant(0, shape: inputs[0].shape)
        let sums = graph.apply(WholeBatchSum(), [outputGradients[1] ?? zero, outputGradients[2] ?? zero])
        let share = inputs[0] / outputs[0].maximum(graph.constant(.leastNormalMagnitude, shape: []))
        let distance = inputs[1] - outputs[1]
        return [nil, share * (sums[0] + distance * sums[1].scaled(by: 2)), share * sums[1]]
    }
}

/// Mean and biased variance over all axes but the last. Input: (…, channels); outputs: (channels), float32.
package struct BatchMoments: Operation {
    package var name: String { "batch moments" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let channels = TensorType([inputs[0].shape.last])
        return [channels, channels]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let x = inputs[0]
        let each = 1 / Float(max(1, x.shape.elementCount / max(1, x.shape.last)))
        let zero = x.graph.constant(0, shape: outputs[0].shape)
        let (ofMean, ofVariance) = (outputGradients[0] ?? zero, outputGradients[1] ?? zero)
        let distance = x.casted(to: .float32) - outputs[0]
        let gradient = distance * ofVariance.scaled(by: 2 * each) + ofMean.scaled(by: each)
        return [gradient.casted(to: x.type.scalar)]
    }
}

/// `BatchNormalize` with given statistics that have gradients of their own. Inputs: x, γ, β, mean and variance.
///
/// A staged step plans it as `BatchNormalize`, once its gradients are taken.
package struct NormalizeByMoments: Operation {
    package let epsilon: Float
    package var planned: BatchNormalize { BatchNormalize(epsilon: epsilon, areGiven: true) }
    package var name: String { "batch normalization by moments" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { planned.outputTypes(of: inputs) }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (x, gamma, mean, variance) = (inputs[0], inputs[1], inputs[3], inputs[4])
        let operation = BatchNormalizeGradient(epsilon: epsilon, areGiven: true)
        let results = x.graph.apply(operation, [outputGradients[0]!, x, gamma, mean, variance])
        let inverse = (variance + epsilon).reciprocalSquareRoot()
        // Of the sums of g x̂ and of g, which are the gradients of γ and β.
        let ofVariance = (results[1] * gamma * inverse.square()).scaled(by: -0.5)
        let ofMean = (results[2] * gamma * inverse).scaled(by: -1)
        return results.map { $0 } + [ofMean, ofVariance]
    }
}

extension Tensor {
    /// The sum of this over all parts of a batch, float32.
    package func summedOverBatch() -> Tensor { graph.apply(WholeBatchSum(), [self])[0] }

    /// Batch normalization over the last axis with the statistics of all parts of a batch; gives them, too.
    package func wholeBatchNormalized(
        scale: Tensor, offset: Tensor, epsilon: Float
    ) -> (output: Tensor, mean: Tensor, variance: Tensor) {
        let count = graph.constant(Float(shape.elementCount / Swift.max(1, shape.last)), shape: [shape.last])
        let own = graph.apply(BatchMoments(), [self])
        let all = graph.apply(WholeBatchMoments(), [count] + own)
        return (
            normalized(scale: scale, offset: offset, mean: all[1], variance: all[2], epsilon: epsilon), all[1], all[2]
        )
    }

    /// Batch normalization over the last axis by statistics that gradients go through.
    package func normalized(scale: Tensor, offset: Tensor, mean: Tensor, variance: Tensor, epsilon: Float) -> Tensor {
        graph.apply(NormalizeByMoments(epsilon: epsilon), [self, scale, offset, mean, variance])[0]
    }

    /// Mean and variance over all axes but the last of what weights of 0 and 1 leave in all parts of a batch, and how many
    /// that are.
    package func wholeBatchMoments(weights: Tensor) -> (count: Tensor, mean: Tensor, variance: Tensor) {
        let axes = Array(0..<shape.rank - 1)
        let count = weights.sum(axes: axes)
        let safe = count.maximum(graph.constant(.leastNormalMagnitude, shape: []))
        let mean = (self * weights).sum(axes: axes) / safe
        let variance = ((self - mean).square() * weights).sum(axes: axes) / safe
        let all = graph.apply(WholeBatchMoments(), [count, mean, variance])
        return (all[0], all[1], all[2])
    }
}
