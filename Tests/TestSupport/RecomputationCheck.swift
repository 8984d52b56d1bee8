import Engine
import Memory
import NeuralNetwork

/// A training step of a model, planned in every way that recomputation offers, each compared with the step as it is.
package struct RecomputationCheck {
    /// The arena of the step as it is, and of each other way, by estimate from the smallest on.
    package private(set) var storedBytes = 0
    package private(set) var arenaBytes: [Int] = []
    /// Estimates of the arenas.
    package private(set) var estimates: [Int] = []
    /// Ways whose gradients, loss or new statistics are not the same bytes, and the largest difference.
    package private(set) var differing: [(way: Int, distance: Float)] = []

    /// Takes one step with inputs and a loss of its own: `Σ output · c`, and what the layers add.
    package init(_ model: Model, rows: Int) throws {
        let graph = Graph()
        let inputs = model.inputs.enumerated().map { index, input in
            graph.input("input_\(index)", shape: input.shape.prepending(rows), type: input.type)
        }
        let trace = model.trace(graph, inputs: inputs, isTraining: true)
        var loss = trace.losses.reduce(graph.constant(0, shape: [])) { $0 + $1 }
        for (index, output) in trace.outputs.enumerated() {
            let factors = graph.constant(det(output.shape, Double(index), 1), shape: output.shape)
            loss = loss + (output * factors).sum()
        }
        let forwardCount = graph.nodes.count
        let trained = model.parameters.indices.filter { model.parameters[$0].isTrainable }
        let targets = trained.map { graph.parameter($0, shape: model.parameters[$0].specification.shape) }
        let gradients = zip(graph.gradients(of: loss, withRespectTo: targets), trained)
        var outputs = ["loss": loss]
        for update in trace.updates { outputs["update_\(update.parameter)"] = update.tensor }
        let step = StepGraph(
            graph, forwardCount: forwardCount, outputs: outputs,
            gradients: gradients.map { (tensor: $0, parameter: $1) }, updates: [])
        let memory = inputs.enumerated().map { index, input in Self.memory(for: input, index) }
        let arena = ActivationArena(ledger: model.ledger)

        func run(_ plan: Plan) -> [Float] {
            for (index, buffer) in memory.enumerated() { plan.setInput("input_\(index)", to: buffer.address) }
            model.store.gradients.update(repeating: 0)
            var state = RunState(seed: 7, step: 3)
            plan.run(&state)
            return outputs.keys.sorted().flatMap { Array(plan.output($0)) }
                + Array(model.store.gradients)
        }

        let whole = try Plan(step, store: model.store, arena: arena)
        storedBytes = whole.arenaBytes
        let expected = run(whole)
        for (way, candidate) in step.recomputationCandidates.enumerated() {
            let plan = try Plan(candidate, store: model.store, arena: arena)
            arenaBytes.append(plan.arenaBytes)
            estimates.append(candidate.estimatedBytes)
            let found = run(plan)
            if found.map(\.bitPattern) != expected.map(\.bitPattern) {
                differing.append((way, distance(found, expected)))
            }
        }
    }

    private static func memory(for input: Tensor, _ index: Int) -> TestBuffer {
        let count = input.shape.elementCount
        let buffer = TestBuffer(byteCount: max(4, count * 4))
        if input.type.scalar == .int32 {
            let numbers = buffer.bytes.bindMemory(to: Int32.self)
            for place in 0..<count { numbers[place] = Int32(1 + place % 3) }
        } else {
            _ = buffer.floats.update(from: det(input.shape, 0.3 + Double(index), 1))
        }
        return buffer
    }
}
