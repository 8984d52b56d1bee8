import Engine
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// What a model's computation and its memory are to those who read them.
@Suite struct ModelStateTests {
    @Test func `whole numbers leave a model as float32`() throws {
        let model = try Sequential(input: [3]) { Discretization(binBoundaries: [0, 1, 2]) }
        let graph = Graph()
        let output = model.trace(graph, inputs: [graph.input("x", shape: [2, 3])], isTraining: false).outputs[0]
        let plan = try Plan(
            graph, store: model.store, arena: ActivationArena(ledger: model.ledger), propagation: .inference,
            outputs: ["y": output])
        let input = TestBuffer(byteCount: 64)
        _ = input.floats.update(from: [-1, 0.5, 1.5, 2.5, 0, 7])
        plan.setInput("x", to: input.address)
        var state = RunState()
        plan.run(&state)
        withExtendedLifetime(input) { #expect(Array(plan.output("y")) == [0, 1, 2, 3, 1, 3]) }
    }

    @Test func `weights are read and replaced without memory for gradients`() throws {
        let model = try Sequential(input: [6, 6, 3]) { Conv2D(40, kernel: 3) }
        let graph = Graph()
        let output = model.trace(graph, inputs: [graph.input("x", shape: [2, 6, 6, 3])], isTraining: false).outputs[0]
        // The first plan decides how weights lie.
        _ = try Plan(
            graph, store: model.store, arena: ActivationArena(ledger: model.ledger), propagation: .inference,
            outputs: ["y": output])
        let expected = try model.store.read(0)
        let kernel = model.store.stateTensor(0, named: "kernel")
        var found: [Float] = []
        try kernel.withRowMajor { found = Array($0.bindMemory(to: Float.self)) }
        #expect(found == expected)
        try kernel.replace { $0.copyBytes(from: expected.map { $0 * 2 }.withUnsafeBytes { Array($0) }) }
        #expect(try model.store.read(0) == expected.map { $0 * 2 })
        #expect(model.ledger.granted(to: .gradients) == 0)
    }
}
