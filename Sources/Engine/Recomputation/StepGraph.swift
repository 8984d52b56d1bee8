/// The graph of a training step: a forward half, the gradients behind it, and what is read of both.
package struct StepGraph {
    package let graph: Graph
    /// Nodes below this index are the forward half.
    package let forwardCount: Int
    /// Tensors that the caller reads after a run, by name.
    package let outputs: [String: Tensor]
    /// Gradients, and the parameters that they belong to.
    package let gradients: [(tensor: Tensor, parameter: Int)]
    /// New values of parameters at the end of a run.
    package let updates: [(tensor: Tensor, parameter: Int)]

    package init(
        _ graph: Graph, forwardCount: Int, outputs: [String: Tensor], gradients: [(tensor: Tensor, parameter: Int)],
        updates: [(tensor: Tensor, parameter: Int)]
    ) {
        self.graph = graph
        self.forwardCount = forwardCount
        self.outputs = outputs
        self.gradients = gradients
        self.updates = updates
    }

    /// The values that are read after all nodes.
    var results: Set<Int> {
        Set(outputs.values.map(\.id) + gradients.map(\.tensor.id) + updates.map(\.tensor.id))
    }

    /// The nodes that the results depend on, in order.
    var live: [Int] { graph.nodesNeeded(for: Array(results)) }

    /// The node that makes a value.
    func producer(of value: Int) -> Graph.Node { graph.nodes[graph.values[value].producer] }

    /// Whether a value belongs to the forward half.
    func isForward(_ value: Int) -> Bool { graph.values[value].producer < forwardCount }

    /// Whether a value lies outside of the arena, where it costs nothing to have it at any time.
    func isOutside(_ value: Int) -> Bool {
        let operation = producer(of: value).operation
        return operation is GraphInput || operation is ParameterRead
    }

    /// The bytes of a value.
    func byteCount(_ value: Int) -> Int {
        let type = graph.values[value].type
        return type.shape.elementCount * type.scalar.byteCount
    }

    /// The forward values that the second half reads, without those that lie outside of the arena.
    var readAgain: Set<Int> {
        var values: Set<Int> = []
        for index in live where index >= forwardCount {
            values.formUnion(graph.nodes[index].readInputs.filter { isForward($0) && !isOutside($0) })
        }
        return values
    }
}
