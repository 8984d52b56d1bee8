import Memory

/// An array of the reference executor: row-major, in double.
package struct ReferenceArray: Sendable {
    package var shape: Shape
    package var values: [Double]

    package init(_ shape: Shape, _ values: [Double]) {
        precondition(values.count == shape.elementCount, "ReferenceArray: \(values.count) values for \(shape)")
        self.shape = shape
        self.values = values
    }

    /// One value everywhere.
    package init(_ shape: Shape, repeating value: Double) {
        self.init(shape, Array(repeating: value, count: shape.elementCount))
    }

    /// The value at an index.
    package subscript(_ index: [Int]) -> Double {
        get { values[shape.offset(of: index)] }
        set { values[shape.offset(of: index)] = newValue }
    }
}

extension Shape {
    /// The row-major place of an index.
    package func offset(of index: [Int]) -> Int {
        var result = 0
        for axis in dimensions.indices { result = result * dimensions[axis] + index[axis] }
        return result
    }

    /// Every index, row-major.
    package func forEachIndex(_ body: ([Int]) -> Void) {
        guard elementCount > 0 else { return }
        var index = [Int](repeating: 0, count: rank)
        while true {
            body(index)
            var axis = rank - 1
            while axis >= 0 {
                index[axis] += 1
                if index[axis] < dimensions[axis] { break }
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }
}

/// What an operation computes, in plain Swift and double: slow, and the oracle of every backend.
package protocol ReferenceOperation: Operation {
    func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray]
}

/// What a run of the reference executor is given besides tensors.
package struct ReferenceContext {
    /// The caller's inputs by label.
    package var inputs: [String: ReferenceArray]
    /// The values of parameters by index.
    package var parameters: [Int: ReferenceArray]
    /// Seed and step of random operations.
    package var state: RunState
    /// Whether casts to bfloat16 round. Without, differences over small steps are slopes.
    package var roundsToBFloat16 = true

    package init(
        inputs: [String: ReferenceArray] = [:], parameters: [Int: ReferenceArray] = [:], state: RunState = RunState()
    ) {
        self.inputs = inputs
        self.parameters = parameters
        self.state = state
    }
}

/// Runs a graph node by node, without a plan. Numbers are doubles whatever their type, rounded by casts alone: what else a
/// backend rounds is seen in the difference.
package enum ReferenceExecutor {
    /// The values of tensors of one graph.
    package static func run(_ tensors: [Tensor], _ context: ReferenceContext) -> [ReferenceArray] {
        guard let graph = tensors.first?.graph else { return [] }
        var values: [Int: ReferenceArray] = [:]
        for index in graph.nodesNeeded(for: tensors.map(\.id)) {
            let node = graph.nodes[index]
            guard let operation = node.operation as? any ReferenceOperation else {
                fatalError("\(node.operation.name): has no reference")
            }
            let results = operation.evaluate(node.inputs.map { values[$0]! }, context)
            for (output, result) in zip(node.outputs, results) {
                let expected = graph.values[output].type.shape
                precondition(
                    result.shape == expected, "\(operation.name): reference gives \(result.shape), expected \(expected)"
                )
                values[output] = result
            }
        }
        return tensors.map { values[$0.id]! }
    }
}
