import Engine
import Memory
import NeuralNetwork
import TestSupport

/// An array with the batch axis in front.
struct TestTensor {
    let shape: Shape
    let values: [Float]
    let type: ScalarType

    init(_ shape: Shape, _ values: [Float], type: ScalarType = .float32) {
        precondition(shape.elementCount == values.count)
        (self.shape, self.values, self.type) = (shape, values, type)
    }

    /// Small numbers around zero.
    init(_ shape: Shape, phase: Double = 0.1) { self.init(shape, det(shape, phase, 1)) }

    /// 1, 2, 3, …
    init(counting shape: Shape, type: ScalarType = .float32) {
        self.init(shape, (0..<shape.elementCount).map { Float($0 + 1) }, type: type)
    }
}

/// One call of a layer on given arrays, by the plan and by the reference executor.
struct LayerRun {
    let shapes: [Shape]
    let outputs: [[Float]]
    /// Of the outputs; nil where nothing is masked.
    let masks: [[Float]?]
    /// Of `Σ output · c` with respect to the floating-point inputs and the weights, c being numbers around zero.
    let gradients: [[Float]]
    /// The largest distance between the plan and the reference executor, of everything above.
    let disagreement: Float

    init(
        _ layer: Layer, _ inputs: [TestTensor], masks: [TestTensor?]? = nil, keywords: [String: TestTensor] = [:],
        weights: [[Float]]? = nil, isTraining: Bool = false, hasReference: Bool = true
    ) throws {
        let samples = inputs.map(\.shape.withoutFirst)
        _ = try layer.outputShapes(of: samples)
        var registry = ParameterRegistry()
        try registry.register(layer, inputs: samples, path: "")
        let ledger = MemoryLedger()
        let store = ParameterStore(
            registry.parameters.map { ($0.path, $0.specification.shape, true) }, ledger: ledger)
        let shapes = registry.parameters.map(\.specification.shape)
        let weights = weights ?? shapes.enumerated().map { det($1, Double($0) + 1.7, 0.4) }
        for (index, values) in weights.enumerated() { try store.write(values, to: index) }

        let graph = Graph()
        var given: [String: TestTensor] = [:]
        func input(_ name: String, _ tensor: TestTensor) -> Tensor {
            given[name] = tensor
            return graph.input(name, shape: tensor.shape, type: tensor.type)
        }
        let tensors = inputs.enumerated().map { input("x\($0)", $1) }
        let maskTensors = (masks ?? inputs.map { _ in nil }).enumerated().map { index, mask in
            mask.map { input("m\(index)", $0) }
        }
        let others = Dictionary(uniqueKeysWithValues: keywords.map { ($0.key, [input($0.key, $0.value)]) })
        let parameters = shapes.enumerated().map { graph.parameter($0, shape: $1) }
        let result = Tracer(graph, registry).call(
            layer, tensors, masks: maskTensors, keywords: others, isTraining: isTraining)
        self.shapes = result.outputs.map(\.shape)
        let loss = result.outputs.enumerated().map { index, output in
            (output.casted(to: .float32)
                * graph.constant(det(output.shape, 0.9 + Double(index), 1), shape: output.shape)).sum()
        }.reduce(graph.constant(0, shape: [])) { $0 + $1 }
        let variables = zip(tensors, inputs).filter { $1.type == .float32 }.map(\.0) + parameters
        var computed: [String: Tensor] = [:]
        for (index, output) in result.outputs.enumerated() { computed["y\(index)"] = output.casted(to: .float32) }
        for (index, mask) in result.masks.enumerated() { if let mask { computed["mask\(index)"] = mask } }
        for (index, slope) in graph.gradients(of: loss, withRespectTo: variables).enumerated() {
            computed["g\(index)"] = slope
        }
        let plan = try Plan(
            graph, store: store, arena: ActivationArena(ledger: ledger), propagation: .training, outputs: computed)
        let buffers = given.mapValues { TestBuffer(byteCount: max(4, $0.values.count * 4)) }
        for (name, tensor) in given {
            if tensor.type == .int32 {
                _ = buffers[name]!.bytes.bindMemory(to: Int32.self).update(from: tensor.values.map { Int32($0) })
            } else {
                _ = buffers[name]!.floats.update(from: tensor.values)
            }
            plan.setInput(name, to: buffers[name]!.address)
        }
        var state = RunState()
        plan.run(&state)
        let found = withExtendedLifetime(buffers) {
            Dictionary(uniqueKeysWithValues: computed.keys.map { ($0, Array(plan.output($0))) })
        }
        outputs = result.outputs.indices.map { found["y\($0)"]! }
        self.masks = result.masks.indices.map { found["mask\($0)"] }
        gradients = variables.indices.map { found["g\($0)"]! }
        guard hasReference else {
            disagreement = 0
            return
        }
        let names = computed.keys.sorted()
        let expected = ReferenceExecutor.run(
            names.map { computed[$0]! },
            ReferenceContext(
                inputs: given.mapValues { ReferenceArray($0.shape, $0.values.map(Double.init)) },
                parameters: Dictionary(
                    uniqueKeysWithValues: weights.enumerated().map {
                        ($0, ReferenceArray(shapes[$0], $1.map(Double.init)))
                    })))
        disagreement = zip(names, expected).reduce(0) { worst, pair in
            max(worst, distance(found[pair.0]!, pair.1.values.map { Float($0) }))
        }
    }

    var output: [Float] { outputs[0] }
    var shape: Shape { shapes[0] }
}

/// What a layer says about inputs that it refuses; nil where it takes them.
func refusal(_ layer: Layer, _ samples: Shape...) -> String? {
    do {
        _ = try layer.outputShapes(of: samples)
        return nil
    } catch {
        return error.description
    }
}
