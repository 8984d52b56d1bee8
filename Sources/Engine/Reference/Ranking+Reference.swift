import Memory

extension TopMask: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (values, width) = (inputs[0].values, inputs[0].shape.last)
        var result = ReferenceArray(inputs[0].shape, repeating: 0)
        for begin in stride(from: 0, to: values.count, by: max(1, width)) {
            // Sorting is stable: the first of equal ones stays in front.
            let order = (begin..<begin + width).filter { !values[$0].isNaN }.sorted { values[$0] > values[$1] }
            for place in order.prefix(count) { result.values[place] = 1 }
        }
        return [result]
    }
}
