import Memory

/// `c[i][j] += a[i][k] · b[k][j]` over plain matrices.
private func product(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>, _ m: Int, _ k: Int, _ n: Int) -> [Double] {
    var result = [Double](repeating: 0, count: m * n)
    for i in 0..<m {
        for inner in 0..<k {
            let factor = a[a.startIndex + i * k + inner]
            for j in 0..<n { result[i * n + j] += factor * b[b.startIndex + inner * n + j] }
        }
    }
    return result
}

extension ReferenceArray {
    /// The last two axes in the other order.
    fileprivate var turned: ReferenceArray {
        let rank = shape.rank
        let order = Array(0..<rank - 2) + [rank - 1, rank - 2]
        return Transpose(permutation: order).evaluate([self], ReferenceContext())[0]
    }
}

extension MatrixProduct: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let a = transposesLeft ? inputs[0].turned : inputs[0]
        let b = transposesRight ? inputs[1].turned : inputs[1]
        let (m, k, n) = (a.shape[a.shape.rank - 2], a.shape.last, b.shape.last)
        let leading = Shape(Array(a.shape.dimensions.dropLast(2)))
            .broadcast(with: Shape(Array(b.shape.dimensions.dropLast(2))))!
        let left = a.broadcast(to: Shape(leading.dimensions + [m, k]))
        let right = b.broadcast(to: Shape(leading.dimensions + [k, n]))
        var values: [Double] = []
        for batch in 0..<leading.elementCount {
            values += product(
                left.values[batch * m * k..<(batch + 1) * m * k], right.values[batch * k * n..<(batch + 1) * k * n], m,
                k, n)
        }
        return [ReferenceArray(Shape(leading.dimensions + [m, n]), values)]
    }
}

extension InnerProduct: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (x, w) = (inputs[0], inputs[1])
        var values = product(x.values[...], w.values[...], x.shape[0], x.shape[1], w.shape[1])
        if inputs.count > 2 {
            for place in values.indices { values[place] += inputs[2].values[place % w.shape[1]] }
        }
        return [ReferenceArray([x.shape[0], w.shape[1]], values)]
    }
}

extension InnerProductSourceGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        MatrixProduct(transposesLeft: false, transposesRight: true).evaluate(inputs, context)
    }
}

extension InnerProductWeightsGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let weights = MatrixProduct(transposesLeft: true, transposesRight: false).evaluate(inputs, context)
        guard hasBias else { return weights }
        return weights + Reduce(function: .sum, axes: [0], factor: 1).evaluate([inputs[1]], context)
    }
}
