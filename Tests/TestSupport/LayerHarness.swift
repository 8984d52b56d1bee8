import Engine
import Memory
import NeuralNetwork

/// One layer behind an input, with the loss `Σ out · c`: forward, and gradients of input and weights.
package struct LayerHarness {
    package let layer: Layer
    /// With the batch axis.
    package let inputShape: Shape
    package let outputShape: Shape
    private let store: ParameterStore
    private let plan: Plan
    /// The factors of the loss.
    package let factors: [Float]

    package init(_ layer: Layer, inputShape: Shape, isTraining: Bool = true) throws {
        self.layer = layer
        self.inputShape = inputShape
        let sample = inputShape.withoutFirst
        var registry = ParameterRegistry()
        try registry.register(layer, inputs: [sample], path: "")
        let specifications = registry.parameters.map(\.specification)
        let ledger = MemoryLedger()
        store = ParameterStore(registry.parameters.map { ($0.path, $0.specification.shape, true) }, ledger: ledger)
        let graph = Graph()
        let input = graph.input("x", shape: inputShape)
        let parameters = specifications.indices.map { graph.parameter($0, shape: specifications[$0].shape) }
        let output = Tracer(graph, registry).call(layer, [input], masks: [nil], isTraining: isTraining).outputs[0]
        outputShape = output.shape
        factors = det(outputShape, 0.9, 1)
        let loss = (output * graph.input("c", shape: outputShape)).sum()
        let gradients = graph.gradients(of: loss, withRespectTo: [input] + parameters)
        var outputs = ["out": output, "loss": loss, "x": gradients[0]]
        for index in parameters.indices { outputs["w\(index)"] = gradients[index + 1] }
        plan = try Plan(
            graph, store: store, arena: ActivationArena(ledger: ledger), propagation: .training, outputs: outputs)
    }

    package var parameterShapes: [Shape] { store.entries.map(\.shape) }

    /// All figures for the given input and weights.
    package func run(_ input: [Float], _ weights: [[Float]]) throws -> (
        output: [Float], inputGradient: [Float], weightGradients: [[Float]], loss: Double
    ) {
        for (index, values) in weights.enumerated() { try store.write(values, to: index) }
        let x = AlignedBuffer(byteCount: max(4, input.count * 4))
        let c = AlignedBuffer(byteCount: max(4, factors.count * 4))
        _ = x.floats.update(from: input)
        _ = c.floats.update(from: factors)
        plan.setInput("x", to: x.address)
        plan.setInput("c", to: c.address)
        var state = RunState()
        plan.run(&state)
        let output = Array(plan.output("out"))
        // In double, so that a difference of two losses keeps its digits.
        let loss = zip(output, factors).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
        return (
            output, Array(plan.output("x")), store.entries.indices.map { Array(plan.output("w\($0)")) }, loss
        )
    }
}
