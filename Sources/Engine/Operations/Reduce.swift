import Memory

/// How elements are put together.
package enum ReduceFunction: Sendable, Hashable {
    case sum, maximum, minimum
}

/// Sums or extremes over axes, which go away; times a factor (a mean is a sum with factor 1/n).
package struct Reduce: Operation {
    package let function: ReduceFunction
    /// Ascending.
    package let axes: [Int]
    package let factor: Float
    package var name: String { "\(function) over axes" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let shape = inputs[0].shape
        let kept = shape.dimensions.indices.filter { !axes.contains($0) }.map { shape[$0] }
        return [TensorType(Shape(kept), inputs[0].scalar.arithmetic)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (x, g) = (inputs[0], outputGradients[0]!)
        let kept = Shape(x.shape.dimensions.indices.map { axes.contains($0) ? 1 : x.shape[$0] })
        let spread = g.reshaped(kept)
        switch function {
        case .sum: return [(factor == 1 ? spread : spread.scaled(by: factor)).broadcast(to: x.shape)]
        case .maximum, .minimum:
            // Equal extremes share the gradient, as in JAX.
            let isExtreme = x.equal(outputs[0].reshaped(kept))
            return [isExtreme * (spread / isExtreme.sum(axes: axes).reshaped(kept))]
        }
    }
}

extension Tensor {
    /// All axes when nil; negative ones count from the last.
    private func reduce(_ function: ReduceFunction, _ axes: [Int]?, _ keepDimensions: Bool, isMean: Bool) -> Tensor {
        let chosen = (axes ?? Array(0..<shape.rank)).map { $0 < 0 ? $0 + shape.rank : $0 }.sorted()
        precondition(
            Set(chosen).count == chosen.count && chosen.allSatisfy((0..<shape.rank).contains),
            "reduce: axes \(chosen) of \(shape)")
        let count = chosen.reduce(1) { $0 * shape[$1] }
        let kept = Shape(shape.dimensions.indices.map { chosen.contains($0) ? 1 : shape[$0] })
        let reduction = Reduce(function: function, axes: chosen, factor: isMean ? 1 / Float(Swift.max(1, count)) : 1)
        let result = graph.apply(reduction, [self])[0]
        return keepDimensions ? result.reshaped(kept) : result
    }

    /// The sum over axes, all of them when nil.
    public func sum(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        reduce(.sum, axes, keepDimensions, isMean: false)
    }

    /// The mean over axes, all of them when nil.
    public func mean(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        reduce(.sum, axes, keepDimensions, isMean: true)
    }

    /// The largest element along axes, all of them when nil; equal ones share the gradient.
    public func max(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        reduce(.maximum, axes, keepDimensions, isMean: false)
    }

    /// The smallest element along axes, all of them when nil; equal ones share the gradient.
    public func min(axes: [Int]? = nil, keepDimensions: Bool = false) -> Tensor {
        reduce(.minimum, axes, keepDimensions, isMean: false)
    }
}
