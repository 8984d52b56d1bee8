import Memory

// A batch that is not divided is its only part.

extension WholeBatchSum: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] { inputs }
}

extension WholeBatchMoments: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] { inputs }
}

extension BatchMoments: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let ones = ReferenceArray([inputs[0].shape.last], repeating: 1)
        return Array(
            BatchNormalize(epsilon: 1, areGiven: false).evaluate([inputs[0], ones, ones], context).dropFirst())
    }
}

extension NormalizeByMoments: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        planned.evaluate(inputs, context)
    }
}
