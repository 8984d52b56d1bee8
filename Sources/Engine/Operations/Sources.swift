import Memory

/// A tensor that the caller provides at every run.
package struct GraphInput: Operation {
    package let label: String
    package let type: TensorType
    package var name: String { "input \(label)" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [type] }
}

/// A parameter of the store.
package struct ParameterRead: Operation {
    package let index: Int
    package let shape: Shape
    package var name: String { "parameter \(index)" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [TensorType(shape)] }
}

/// One value, repeated.
package struct Constant: ElementwiseOperation {
    package let value: Float
    package let shape: Shape
    package var name: String { "constant" }
    package func outputTypes(of inputs: [TensorType]) -> [TensorType] { [TensorType(shape)] }
}
