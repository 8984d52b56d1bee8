import Memory

extension TapProduct: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        var extents = inputs[0].shape.dimensions
        extents[axis] = taps.outputs
        var result = ReferenceArray(Shape(extents), repeating: 0)
        result.shape.forEachIndex { index in
            var sum = 0.0
            for tap in taps.row(index[axis]) {
                var place = index
                place[axis] = tap.index
                sum += Double(tap.factor) * inputs[0][place]
            }
            result[index] = sum
        }
        return [result]
    }
}
