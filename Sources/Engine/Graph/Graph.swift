// Engine: a graph of operations on symbolic tensors, its reverse-mode gradients, the plan that places and orders the
// work, and the execution of that plan.
//
//   Graph/       tensors, nodes, gradients: pure bookkeeping, knows nothing of oneDNN
//   Operations/  one file per family: shape rule and gradient rule
//   Lowering/    how each operation becomes oneDNN primitives or one of our kernels: the backend
//   Recomputation/  a step's graph with activations computed again for its gradients: which, and what planning that gives
//   Reference/   every operation in plain Swift and Double: the tests' oracle
//   Plan/        layouts, fusion, lifetimes, the arena, execution
//   Parameters/  flat memory for weights, gradients and optimizer slots, with typed views
//
// May import OneDNN, CKernels, Memory. Data sources, layers and losses are unknown here. The caller owns the choice of
// batch size (shapes are concrete), of what is computed, and of the number of threads.

import Memory

/// What a tensor is: its extents and the type of its elements.
package struct TensorType: Sendable, Hashable {
    package var shape: Shape
    package var scalar: ScalarType

    package init(_ shape: Shape, _ scalar: ScalarType = .float32) {
        self.shape = shape
        self.scalar = scalar
    }
}

/// A computation as a list of nodes in the order in which they were written, which is an order of execution.
public final class Graph {
    /// One value: its type and the node that makes it.
    package struct Value {
        package let type: TensorType
        package let producer: Int
    }

    /// One application of an operation.
    package struct Node {
        package let operation: any Operation
        package let inputs: [Int]
        package let outputs: [Int]
    }

    package private(set) var values: [Value] = []
    package private(set) var nodes: [Node] = []
    /// Values made by `parameter(_:)`, by index of the parameter, so that a shared layer reads one value.
    private var parameterValues: [Int: Int] = [:]

    public init() {}

    /// Adds a node and returns its outputs.
    package func apply(_ operation: any Operation, _ inputs: [Tensor]) -> [Tensor] {
        for input in inputs { precondition(input.graph === self, "\(operation.name): an input is of another graph") }
        let types = operation.outputTypes(of: inputs.map(\.type))
        let first = values.count
        for type in types { values.append(Value(type: type, producer: nodes.count)) }
        nodes.append(
            Node(operation: operation, inputs: inputs.map(\.id), outputs: Array(first..<first + types.count)))
        return (first..<first + types.count).map { Tensor(graph: self, id: $0) }
    }

    /// A tensor that the caller provides at every run.
    public func input(_ name: String, shape: Shape, type: ScalarType = .float32) -> Tensor {
        apply(GraphInput(label: name, type: TensorType(shape, type)), [])[0]
    }

    /// The types of the tensors that the caller provides, by name.
    package var inputTypes: [String: TensorType] {
        let inputs = nodes.compactMap { $0.operation as? GraphInput }
        return Dictionary(inputs.map { ($0.label, $0.type) }, uniquingKeysWith: { first, _ in first })
    }

    /// The parameter with the given index in the parameter store.
    package func parameter(_ index: Int, shape: Shape) -> Tensor {
        if let id = parameterValues[index] { return Tensor(graph: self, id: id) }
        let tensor = apply(ParameterRead(index: index, shape: shape), [])[0]
        parameterValues[index] = tensor.id
        return tensor
    }

    /// A tensor of one repeated value.
    public func constant(_ value: Float, shape: Shape) -> Tensor {
        apply(Constant(value: value, shape: shape), [])[0]
    }
}

/// A symbolic tensor: the promise of a value when the plan runs.
public struct Tensor {
    package let graph: Graph
    package let id: Int

    package init(graph: Graph, id: Int) {
        self.graph = graph
        self.id = id
    }

    package var type: TensorType { graph.values[id].type }

    /// The node that makes this tensor.
    package var producer: Graph.Node { graph.nodes[graph.values[id].producer] }

    /// The extents, the batch axis included.
    public var shape: Shape { type.shape }
}

/// What can be done with tensors: one type per operation, with its shape rule and its gradient rule.
///
/// Shapes are checked by layers and losses, which can name themselves; here a wrong shape is a programmer's error.
package protocol Operation: Sendable {
    /// The name in reports.
    var name: String { get }

    /// The types of the outputs for the given inputs.
    func outputTypes(of inputs: [TensorType]) -> [TensorType]

    /// The gradients with respect to the inputs, nil where there is none or none is needed.
    ///
    /// - Parameter needed: which inputs lead to something that a gradient was asked for.
    func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?]
}

extension Operation {
    /// Some gradient operations have no gradient rule of their own: second derivatives through them are not taken.
    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        preconditionFailure("\(name): has no gradient")
    }
}
