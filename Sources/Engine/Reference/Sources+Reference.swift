import Memory

extension GraphInput: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        guard let value = context.inputs[label] else { fatalError("input \(label) is not given") }
        return [value]
    }
}

extension ParameterRead: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        guard let value = context.parameters[index] else { fatalError("parameter \(index) is not given") }
        return [value]
    }
}

extension Constant: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [ReferenceArray(shape, repeating: Double(value))]
    }
}

extension ConstantValues: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [ReferenceArray(shape, values.map(Double.init))]
    }
}
