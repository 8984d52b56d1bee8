import Memory

/// A sum as the two numbers that hold it.
private func split(_ sums: [Double], _ shape: Shape) -> [ReferenceArray] {
    let high = sums.map { Double(Float($0)) }
    return [ReferenceArray(shape, high), ReferenceArray(shape, zip(sums, high).map { $0 - $1 })]
}

extension ProductSums: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let shape = inputs[0].shape.withoutFirst
        var sums = [Double](repeating: 0, count: shape.elementCount)
        for place in inputs[0].values.indices {
            sums[place % sums.count] += inputs.reduce(1) { $0 * $1.values[place] }
        }
        return split(sums, shape)
    }
}

extension BucketSums: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        var sums = [Double](repeating: 0, count: count)
        for (value, number) in zip(inputs[0].values, inputs[1].values) where number >= 0 && Int(number) < count {
            sums[Int(number)] += value
        }
        return split(sums, [count])
    }
}
