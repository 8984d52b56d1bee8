import Memory

/// What random numbers are like.
package enum RandomDistribution: Sendable, Hashable {
    /// From 0 to below 1.
    case uniform
    /// Mean 0, deviation 1.
    case normal
    /// 0 with probability `rate`, else `value`.
    case kept(rate: Float, value: Float)
}

/// A tensor of random numbers: each a function of seed, step, stream and the element's number in the whole batch.
package struct RandomNumbers: Operation {
    package let distribution: RandomDistribution
    package let shape: Shape
    /// Tells the numbers of several operations apart.
    package let stream: Int
    /// Whether the first axis counts samples, so that a batch in parts goes on with the numbers of the whole.
    package let isPerSample: Bool
    package var name: String { "random numbers" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [TensorType(shape)] }
}

/// Zeros with probability `rate`, the rest divided by `1 − rate`.
///
/// The mask is a function of (seed, step, layer, element) and is computed again in the backward pass: it costs no memory.
package struct DropoutOperation: Operation {
    package let rate: Float
    /// Tells the masks of several dropout layers apart.
    package let stream: Int
    package var name: String { "dropout" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { inputs }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        inputs[0].graph.apply(self, [outputGradients[0]!])
    }
}

extension Graph {
    /// Random numbers from 0 to below 1; `isPerSample` says that the first axis is the batch.
    public func randomUniform(_ shape: Shape, stream: Int, isPerSample: Bool = true) -> Tensor {
        random(.uniform, shape, stream, isPerSample)
    }

    /// Random numbers of mean 0 and deviation 1; `isPerSample` says that the first axis is the batch.
    public func randomNormal(_ shape: Shape, stream: Int, isPerSample: Bool = true) -> Tensor {
        random(.normal, shape, stream, isPerSample)
    }

    private func random(
        _ distribution: RandomDistribution, _ shape: Shape, _ stream: Int, _ isPerSample: Bool
    ) -> Tensor {
        apply(
            RandomNumbers(
                distribution: distribution, shape: shape, stream: stream, isPerSample: isPerSample && shape.rank > 0),
            [])[0]
    }

    /// A mask of zeros with probability `rate` and `value` elsewhere, for a tensor of `shape`.
    fileprivate func keepMask(
        _ shape: Shape, _ noiseShape: [Int?]?, rate: Float, value: Float, stream: Int
    ) -> Tensor {
        let extents = Shape(noiseShape.map { zip($0, shape.dimensions).map { $0 ?? $1 } } ?? shape.dimensions)
        precondition(
            noiseShape?.count ?? shape.rank == shape.rank && extents.broadcast(with: shape) == shape,
            "dropout: noise shape \(extents) for \(shape)")
        // An extent of 1 that was asked for is one mask for all samples, a batch of one sample is not.
        let isPerSample = noiseShape?.first.flatMap { $0 } != 1
        return random(.kept(rate: rate, value: value), extents, stream, isPerSample)
    }
}

extension Tensor {
    /// Zeros with probability `rate` (below 1), the rest divided by `1 − rate`.
    ///
    /// - Parameters:
    ///   - stream: tells the masks of several layers apart.
    ///   - noiseShape: extents of the mask, which is repeated along axes with extent 1; nil is the tensor's own extent.
    public func dropout(rate: Float, stream: Int, noiseShape: [Int?]? = nil) -> Tensor {
        precondition(rate >= 0 && rate < 1, "dropout: rate \(rate), expected 0 to below 1")
        if noiseShape?.allSatisfy({ $0 == nil }) ?? true {
            return graph.apply(DropoutOperation(rate: rate, stream: stream), [self])[0]
        }
        let mask = graph.keepMask(shape, noiseShape, rate: rate, value: 1 / (1 - rate), stream: stream)
        return (self * mask).casted(to: type.scalar)
    }

    /// This plus random numbers of mean 0 and the given deviation.
    public func gaussianNoise(deviation: Float, stream: Int) -> Tensor {
        (self + graph.randomNormal(shape, stream: stream).scaled(by: deviation)).casted(to: type.scalar)
    }

    /// This times random numbers of mean 1 and deviation `√(rate / (1 − rate))`.
    public func gaussianDropout(rate: Float, stream: Int) -> Tensor {
        precondition(rate >= 0 && rate < 1, "Gaussian dropout: rate \(rate), expected 0 to below 1")
        let deviation = (rate / (1 - rate)).squareRoot()
        let factors = graph.randomNormal(shape, stream: stream).scaled(by: deviation, offset: 1)
        return (self * factors).casted(to: type.scalar)
    }

    /// Dropout that keeps mean and variance of what `selu` gives: dropped elements become selu's lower bound, and an affine
    /// function brings the moments back (Klambauer et al., 2017).
    public func alphaDropout(rate: Float, stream: Int, noiseShape: [Int?]? = nil) -> Tensor {
        precondition(rate >= 0 && rate < 1, "alpha dropout: rate \(rate), expected 0 to below 1")
        let lower: Float = -1.673_263_242_354_377_2 * 1.050_700_987_355_480_5
        let scale = 1 / ((1 - rate) * (1 + rate * lower * lower)).squareRoot()
        let mask = graph.keepMask(shape, noiseShape, rate: rate, value: 1, stream: stream)
        let kept = Tensor.select(mask, self, graph.constant(lower, shape: []))
        return kept.scaled(by: scale, offset: -scale * lower * rate).casted(to: type.scalar)
    }
}
