import Memory

/// A step for a part of a batch whose graph holds values of the whole batch, cut there: the step itself reads these values
/// as inputs, and for each of its stages another step computes what this part has to tell for some of them.
///
/// Values that do not depend on each other are of one stage. A batch is run stage by stage: all parts, then what they told
/// is combined (`WholeBatchValues`), and at last the step itself for all parts.
package struct StagedStep {
    /// Values that are combined over the parts.
    package struct Exchange: Sendable, Equatable {
        package let combination: WholeBatchCombination
        /// The elements of each tensor.
        package let elements: [Int]
        package let stage: Int

        /// What a stage's plan calls what a part tells.
        package static func told(_ exchange: Int, _ index: Int) -> String { "told_\(exchange)_\(index)" }
        /// What plans call the combined values, as inputs.
        package static func combined(_ exchange: Int, _ index: Int) -> String { "combined_\(exchange)_\(index)" }
    }

    package let exchanges: [Exchange]
    /// What each stage computes of a part.
    package let stages: [StepGraph]
    /// The step of a part, with all values of the whole batch given.
    package let step: StepGraph
    /// New values of parameters that follow from parameters and values of the whole batch alone: they are the same
    /// whichever part computes them, and are made once, behind all parts. Nil without any.
    package let updates: StepGraph?

    package init(_ whole: StepGraph) {
        let source = whole.graph
        let target = Graph()
        var moved: [Int: Tensor] = [:]
        /// Of a value: the number of the first stage before which it is not known, and whether it is of a part alone.
        var known: [Int: (stage: Int, isOfPart: Bool)] = [:]
        var found: [(exchange: Exchange, told: [Tensor])] = []
        var forwardCount = 0
        for index in whole.live {
            let node = source.nodes[index]
            let inputs = node.inputs.map { moved[$0]! }
            var stage = node.inputs.map { known[$0]!.stage }.max() ?? 0
            var isOfPart =
                node.operation is GraphInput || node.isRandom || node.inputs.contains { known[$0]!.isOfPart }
            let results: [Tensor]
            if let operation = node.operation as? any WholeBatchOperation {
                let types = node.outputs.map { source.values[$0].type }
                let exchange = Exchange(
                    combination: operation.combination, elements: types.map(\.shape.elementCount), stage: stage)
                results = types.enumerated().map {
                    target.input(Exchange.combined(found.count, $0), shape: $1.shape, type: $1.scalar)
                }
                found.append((exchange, inputs))
                (stage, isOfPart) = (stage + 1, false)
            } else {
                results = target.apply((node.operation as? NormalizeByMoments)?.planned ?? node.operation, inputs)
            }
            for (value, result) in zip(node.outputs, results) {
                moved[value] = result
                known[value] = (stage, isOfPart)
            }
            if index < whole.forwardCount { forwardCount = target.nodes.count }
        }
        exchanges = found.map(\.exchange)
        stages = (0..<(exchanges.map { $0.stage + 1 }.max() ?? 0)).map { stage in
            var outputs: [String: Tensor] = [:]
            for (number, (exchange, told)) in found.enumerated() where exchange.stage == stage {
                for (index, tensor) in told.enumerated() { outputs[Exchange.told(number, index)] = tensor }
            }
            return StepGraph(target, forwardCount: forwardCount, outputs: outputs, gradients: [], updates: [])
        }
        func move(_ tensors: [(tensor: Tensor, parameter: Int)]) -> [(tensor: Tensor, parameter: Int)] {
            tensors.map { (moved[$0.tensor.id]!, $0.parameter) }
        }
        let common = whole.updates.filter { !known[$0.tensor.id]!.isOfPart }
        let own = whole.updates.filter { known[$0.tensor.id]!.isOfPart }
        step = StepGraph(
            target, forwardCount: forwardCount, outputs: whole.outputs.mapValues { moved[$0.id]! },
            gradients: move(whole.gradients), updates: move(own))
        updates =
            common.isEmpty
            ? nil
            : StepGraph(target, forwardCount: forwardCount, outputs: [:], gradients: [], updates: move(common))
    }
}

extension StepGraph {
    /// Whether anything of the second half is needed.
    package var hasGradients: Bool { live.contains { $0 >= forwardCount } }
}

extension Graph.Node {
    /// Whether the rows of a part decide the numbers.
    fileprivate var isRandom: Bool {
        (operation as? RandomNumbers)?.isPerSample ?? (operation is DropoutOperation)
    }
}
