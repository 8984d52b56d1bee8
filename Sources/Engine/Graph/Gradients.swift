import Memory

extension Graph {
    /// The gradients of a scalar with respect to the given tensors, as new nodes of the graph (reverse mode).
    ///
    /// A target that the scalar does not depend on gets zeros, as in Keras. Contributions of several uses are summed.
    public func gradients(of loss: Tensor, withRespectTo targets: [Tensor]) -> [Tensor] {
        precondition(loss.shape.elementCount == 1, "gradients: the loss has shape \(loss.shape), expected a scalar")
        let needed = dependents(of: targets.map(\.id))
        var contributed: [Int: [Tensor]] = [loss.id: [constant(1, shape: loss.shape)]]
        // Asked for once all uses have contributed.
        func total(_ value: Int) -> Tensor? {
            guard let parts = contributed[value] else { return nil }
            let sum = sum(of: parts)
            contributed[value] = [sum]
            return sum
        }
        for index in stride(from: values[loss.id].producer, through: 0, by: -1) {
            let node = nodes[index]
            guard node.outputs.contains(where: { contributed[$0] != nil && needed.contains($0) }) else { continue }
            let wanted = node.inputs.map { needed.contains($0) }
            guard wanted.contains(true) else { continue }
            let contributions = node.operation.gradients(
                inputs: node.inputs.map { Tensor(graph: self, id: $0) },
                outputs: node.outputs.map { Tensor(graph: self, id: $0) },
                outputGradients: node.outputs.map { total($0) }, needed: wanted)
            for (input, contribution) in zip(node.inputs, contributions) where needed.contains(input) {
                guard let contribution else { continue }
                contributed[input, default: []].append(contribution)
            }
        }
        return targets.map { total($0.id) ?? constant(0, shape: $0.shape) }
    }

    /// All values that are computed from one of `sources`, and the sources themselves.
    private func dependents(of sources: [Int]) -> Set<Int> {
        var reached = Set(sources)
        for node in nodes where node.inputs.contains(where: reached.contains) { reached.formUnion(node.outputs) }
        return reached
    }

    /// The nodes that the given values depend on, in order of execution.
    package func nodesNeeded(for outputs: [Int]) -> [Int] {
        var needed = Set(outputs)
        var result: [Int] = []
        for index in nodes.indices.reversed() where nodes[index].outputs.contains(where: needed.contains) {
            needed.formUnion(nodes[index].inputs)
            result.append(index)
        }
        return result.reversed()
    }
}
