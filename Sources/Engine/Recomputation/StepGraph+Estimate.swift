extension StepGraph {
    /// About the largest sum of bytes of values that live at once: what plans are chosen by before they are made.
    ///
    /// As in a plan, elementwise values are stored only for readers of another kind, views are no memory of their own,
    /// gradients of parameters lie elsewhere, and cheap operations work in place.
    package var estimatedBytes: Int {
        let live = live
        var (last, isStored) = lives(live)
        for gradient in gradients { isStored[gradient.tensor.id] = false }
        var ending: [Int: Int] = [:]
        var (now, largest) = (0, 0)
        for index in live {
            let node = graph.nodes[index]
            if node.isCheap { now -= ending.removeValue(forKey: index) ?? 0 }
            for output in node.outputs where isStored[output] && last[output] >= 0 {
                now += byteCount(output)
                ending[max(index, last[output]), default: 0] += byteCount(output)
            }
            if let reader = workspaceReader(live, of: node) {
                let bytes = graph.values[node.outputs[0]].type.shape.elementCount
                now += bytes
                ending[reader, default: 0] += bytes
            }
            largest = max(largest, now)
            now -= ending.removeValue(forKey: index) ?? 0
        }
        return largest
    }

    /// The last node that reads each value in memory (-1: none), and whether the value is memory of its own.
    private func lives(_ live: [Int]) -> (last: [Int], isStored: [Bool]) {
        var last = [Int](repeating: -1, count: graph.values.count)
        var isNeeded = [Bool](repeating: false, count: graph.values.count)
        var isStored = isNeeded
        for value in results { (last[value], isNeeded[value]) = (graph.nodes.count, true) }
        for index in live.reversed() {
            let node = graph.nodes[index]
            let value = node.outputs[0]
            let isInline = node.operation is any ElementwiseOperation && !isNeeded[value]
            for output in node.outputs { isStored[output] = !node.isView && !isInline && !isOutside(output) }
            let reader = isInline || node.isView ? last[value] : index
            for input in node.readInputs {
                last[input] = max(last[input], reader)
                if !isInline { isNeeded[input] = true }
            }
        }
        return (last, isStored)
    }

    /// The last node that reads the private data of a forward node.
    private func workspaceReader(_ live: [Int], of node: Graph.Node) -> Int? {
        guard node.operation is MaxPooling else { return nil }
        return live.last { graph.nodes[$0].forwardOutput == node.outputs[0] }
    }
}
