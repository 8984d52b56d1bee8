extension StepGraph {
    /// The same step with some forward values computed again: copies of their nodes stand in front of the first node of
    /// the second half that reads them, and all readers there read the copies. The originals end with the forward half.
    ///
    /// Operations are functions of their inputs and of the run's seed, so that the copies have the same elements. What
    /// a node leaves to its gradient privately is left by the copy.
    ///
    /// - Parameter repeated: forward values; neither results of the step nor what lies outside of the arena.
    func repeating(_ repeated: Set<Int>) -> StepGraph {
        let target = Graph()
        var originals: [Int: Tensor] = [:]
        var copies: [Int: Tensor] = [:]
        var targetCount = 0

        func current(_ value: Int) -> Tensor { copies[value] ?? originals[value]! }

        func compute(again values: [Int]) {
            var waiting = values
            var found: Set<Int> = []
            while let value = waiting.popLast() {
                guard repeated.contains(value), copies[value] == nil else { continue }
                let producer = graph.values[value].producer
                if found.insert(producer).inserted { waiting += graph.nodes[producer].repetition.inputs }
            }
            for index in found.sorted() {
                let (operation, inputs) = graph.nodes[index].repetition
                let results = target.apply(operation, inputs.map(current))
                for (value, result) in zip(graph.nodes[index].outputs, results) where repeated.contains(value) {
                    copies[value] = result
                }
            }
        }

        for index in live {
            let node = graph.nodes[index]
            if index >= forwardCount {
                compute(again: node.readInputs + (node.forwardOutput.map { [$0] } ?? []))
            } else {
                targetCount += 1
            }
            let results = target.apply(node.operation, node.inputs.map(current))
            for (value, result) in zip(node.outputs, results) { originals[value] = result }
        }
        func moved(_ tensors: [(tensor: Tensor, parameter: Int)]) -> [(tensor: Tensor, parameter: Int)] {
            tensors.map { (originals[$0.tensor.id]!, $0.parameter) }
        }
        return StepGraph(
            target, forwardCount: targetCount, outputs: outputs.mapValues { originals[$0.id]! },
            gradients: moved(gradients), updates: moved(updates))
    }
}
