import Memory

/// The product of the last two axes: (…, m, k) by (…, k, n) gives (…, m, n); leading axes are broadcast.
package struct MatrixProduct: Operation {
    /// Whether the last two axes of an operand count in the other order.
    package let transposesLeft: Bool
    package let transposesRight: Bool
    package var name: String { "matrix product" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let (a, b) = (inputs[0].shape, inputs[1].shape)
        precondition(a.rank >= 2 && b.rank >= 2, "matrix product: \(a) by \(b)")
        let (m, inner) = transposesLeft ? (a[a.rank - 1], a[a.rank - 2]) : (a[a.rank - 2], a[a.rank - 1])
        let (other, n) = transposesRight ? (b[b.rank - 1], b[b.rank - 2]) : (b[b.rank - 2], b[b.rank - 1])
        let leading = Shape(Array(a.dimensions.dropLast(2))).broadcast(with: Shape(Array(b.dimensions.dropLast(2))))
        guard inner == other, let leading else { preconditionFailure("matrix product: \(a) by \(b)") }
        return [TensorType(Shape(leading.dimensions + [m, n]), inputs[0].scalar)]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (a, b, g) = (inputs[0], inputs[1], outputGradients[0]!)
        // dA = g Bᵀ or its transpose, dB = Aᵀ g or its transpose.
        let ofLeft =
            transposesLeft
            ? b.matrixProduct(g, transposeLeft: transposesRight, transposeRight: true)
            : g.matrixProduct(b, transposeRight: !transposesRight)
        let ofRight =
            transposesRight
            ? g.matrixProduct(a, transposeLeft: true, transposeRight: transposesLeft)
            : a.matrixProduct(g, transposeLeft: !transposesLeft)
        return [needed[0] ? ofLeft.reduced(to: a) : nil, needed[1] ? ofRight.reduced(to: b) : nil]
    }
}

extension Tensor {
    /// The product of the last two axes, leading ones broadcast: (…, m, k) by (…, k, n) gives (…, m, n).
    public func matrixProduct(
        _ other: Tensor, transposeLeft: Bool = false, transposeRight: Bool = false
    ) -> Tensor {
        let product = MatrixProduct(transposesLeft: transposeLeft, transposesRight: transposeRight)
        return graph.apply(product, [self, other])[0]
    }
}
