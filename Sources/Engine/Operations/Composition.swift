import Memory

/// Operations that are one loop forward and one backward, and whose gradients are asked for gradients: there they are
/// written anew from operations that have gradients themselves. Slower than a loop, and taken for second derivatives alone.
extension Graph {
    /// The gradients of an operation from what it is composed of.
    ///
    /// - Parameters:
    ///   - inputs: of the operation.
    ///   - needed: which of them want a gradient.
    ///   - outputGradients: of what `compose` gives, nil where there is none.
    ///   - compose: the operation's outputs from its inputs; nil for those that never have a gradient.
    func gradients(
        through inputs: [Tensor], needed: [Bool], _ outputGradients: [Tensor?],
        _ compose: ([Tensor]) -> [Tensor?]
    ) -> [Tensor?] {
        // Values of their own: the way back ends there.
        let leaves = inputs.map { apply(ReshapeOperation(shape: $0.shape), [$0])[0] }
        var loss = constant(0, shape: [])
        for (output, gradient) in zip(compose(leaves), outputGradients) {
            guard let output, let gradient else { continue }
            loss = loss + (output.casted(to: .float32) * gradient.casted(to: .float32)).sum()
        }
        let places = inputs.indices.filter { needed[$0] }
        let found = gradients(of: loss, withRespectTo: places.map { leaves[$0] })
        var result: [Tensor?] = inputs.map { _ in nil }
        for (place, gradient) in zip(places, found) { result[place] = gradient }
        return result
    }
}

extension Tensor {
    /// Each row of the last axis less its mean, where `isCentred`, and by its deviation; and one over that.
    fileprivate func normalizedRows(epsilon: Float, isCentred: Bool) -> (rows: Tensor, factor: Tensor) {
        let last = [shape.rank - 1]
        let centred = isCentred ? self - mean(axes: last, keepDimensions: true) : self
        let factor = centred.square().mean(axes: last, keepDimensions: true).scaled(by: 1, offset: epsilon)
            .reciprocalSquareRoot()
        return (centred * factor, factor)
    }

    fileprivate var outerAxes: [Int] { Array(0..<shape.rank - 1) }
}

extension BatchNormalizeGradient {
    /// Statistics of the batch are functions of x here; given ones have gradients of their own, where they are no constants.
    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let needed = areGiven ? needed : needed[..<3] + [false, false]
        return inputs[0].graph.gradients(through: inputs, needed: needed, outputGradients) {
            compose($0.map { $0.casted(to: .float32) })
        }
    }

    private func compose(_ inputs: [Tensor]) -> [Tensor?] {
        let (gradient, x, gamma) = (inputs[0], inputs[1], inputs[2])
        let axes = x.outerAxes
        let centred = x - (areGiven ? inputs[3] : x.mean(axes: axes))
        let variance = areGiven ? inputs[4] : centred.square().mean(axes: axes)
        let factor = variance.scaled(by: 1, offset: epsilon).reciprocalSquareRoot()
        let normalized = centred * factor
        let (ofBeta, ofGamma) = (gradient.sum(axes: axes), (gradient * normalized).sum(axes: axes))
        let count = Float(max(1, x.shape.elementCount / max(1, x.shape.last)))
        let pulled = areGiven ? gradient : gradient - (ofBeta + normalized * ofGamma).scaled(by: 1 / count)
        return [pulled * (gamma * factor), ofGamma, ofBeta]
    }
}

extension RowNormalizeGradient {
    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        // Means and factors of rows are functions of x.
        inputs[0].graph.gradients(through: inputs, needed: needed[..<3] + [false, false], outputGradients) {
            let inputs = $0.map { $0.casted(to: .float32) }
            let last = [inputs[1].shape.rank - 1]
            let (rows, factor) = inputs[1].normalizedRows(epsilon: epsilon, isCentred: isCentred)
            let scaled = inputs[0] * inputs[2]
            let level = isCentred ? scaled - scaled.mean(axes: last, keepDimensions: true) : scaled
            let tilt = (scaled * rows).mean(axes: last, keepDimensions: true)
            return [(level - rows * tilt) * factor]
        }
    }
}

extension RowNormalizeSums {
    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        inputs[0].graph.gradients(through: inputs, needed: needed[..<2] + [false, false], outputGradients) {
            let inputs = $0.map { $0.casted(to: .float32) }
            let axes = inputs[1].outerAxes
            let rows = inputs[1].normalizedRows(epsilon: epsilon, isCentred: isCentred).rows
            return [(inputs[0] * rows).sum(axes: axes), inputs[0].sum(axes: axes)]
        }
    }
}
