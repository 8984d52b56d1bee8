import Memory

extension Reduce: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let kept = inputs[0].shape.dimensions.indices.filter { !axes.contains($0) }
        let start =
            switch function {
            case .sum: 0.0
            case .maximum: -Double.infinity
            case .minimum: Double.infinity
            }
        var result = ReferenceArray(Shape(kept.map { inputs[0].shape[$0] }), repeating: start)
        inputs[0].shape.forEachIndex { index in
            let target = kept.map { index[$0] }
            let value = inputs[0][index]
            switch function {
            case .sum: result[target] += value
            case .maximum: result[target] = Swift.max(result[target], value)
            case .minimum: result[target] = Swift.min(result[target], value)
            }
        }
        result.values = result.values.map { $0 * Double(factor) }
        return [result]
    }
}

extension ReshapeOperation: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [ReferenceArray(shape, inputs[0].values)]
    }
}

extension Transpose: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        var result = ReferenceArray(Shape(permutation.map { inputs[0].shape[$0] }), repeating: 0)
        inputs[0].shape.forEachIndex { index in result[permutation.map { index[$0] }] = inputs[0][index] }
        return [result]
    }
}

extension Concatenate: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        var shape = inputs[0].shape
        shape[axis] = inputs.reduce(0) { $0 + $1.shape[axis] }
        var result = ReferenceArray(shape, repeating: 0)
        var begin = 0
        for input in inputs {
            input.shape.forEachIndex { index in
                var target = index
                target[axis] += begin
                result[target] = input[index]
            }
            begin += input.shape[axis]
        }
        return [result]
    }
}

extension Slice: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        var result = ReferenceArray(shape, repeating: 0)
        shape.forEachIndex { index in
            result[index] = inputs[0][index.indices.map { begin[$0] + index[$0] * step[$0] }]
        }
        return [result]
    }
}

extension Insert: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        var result = ReferenceArray(shape, repeating: Double(value))
        inputs[0].shape.forEachIndex { index in
            result[index.indices.map { begin[$0] + index[$0] * step[$0] }] = inputs[0][index]
        }
        return [result]
    }
}
