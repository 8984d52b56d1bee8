import Engine
import JSONText
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// Losses and their gradients against Keras: `fixtures/goldens/losses.json`.
@Suite struct LossGoldenTests {
    static let cases = Fixtures.goldens("losses")

    private func loss(_ golden: JSONValue) -> any Loss {
        let fromLogits = golden["config"]?["from_logits"]?.boolValue ?? false
        return switch golden["class_name"]!.stringValue! {
        case "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy(fromLogits: fromLogits)
        case "CategoricalCrossentropy": CategoricalCrossentropy(fromLogits: fromLogits)
        default: MeanSquaredError()
        }
    }

    @Test(arguments: cases.map(\.key), [false, true])
    func `value and gradient are Keras's`(_ name: String, weighted: Bool) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        // Weighted values are there where Keras has them.
        let known = golden[weighted ? "value_weighted" : "value"]?.doubleValue
        if weighted && known == nil { return }
        let value = try #require(known)
        let loss = loss(golden)
        let shape = golden["y_pred_shape"]!.shape
        let ledger = MemoryLedger()
        let store = ParameterStore([], ledger: ledger)
        let graph = Graph()
        let scores = graph.input("scores", shape: shape)
        let prediction = golden["through"]!.stringValue == "softmax" ? scores.softmax() : scores
        let specification = try loss.targets(for: shape.withoutFirst)
        #expect(specification.accepts(golden["y_true_shape"]!.shape.withoutFirst))
        let target = graph.input("target", shape: specification.shape.prepending(shape[0]), type: specification.type)
        var losses = loss.values(prediction: prediction, target: target)
        if weighted {
            let weights = graph.input("weights", shape: [shape[0]])
            losses = losses * weights.reshaped(Shape([shape[0]] + Array(repeating: 1, count: losses.shape.rank - 1)))
        }
        let total = losses.mean()
        let gradient = graph.gradients(of: total, withRespectTo: [scores])[0]
        let plan = try Plan(
            graph, store: store, arena: ActivationArena(ledger: ledger), propagation: .training,
            outputs: ["loss": total, "gradient": gradient])
        let truth = golden["y_true"]!.floats
        let buffers = (TestBuffer(byteCount: 4096), TestBuffer(byteCount: 4096), TestBuffer(byteCount: 4096))
        _ = buffers.0.floats.update(from: golden["y_pred"]!.floats)
        if specification.type == .int32 {
            _ = buffers.1.bytes.bindMemory(to: Int32.self).update(from: truth.map { Int32($0) })
        } else {
            _ = buffers.1.floats.update(from: truth)
        }
        if weighted { _ = buffers.2.floats.update(from: golden["sample_weight"]!.floats) }
        plan.setInput("scores", to: buffers.0.address)
        plan.setInput("target", to: buffers.1.address)
        plan.setInput("weights", to: buffers.2.address)
        var state = RunState()
        plan.run(&state)
        #expect(distance(Array(plan.output("loss")), [Float(value)]) < 5e-6)
        let expected = golden[weighted ? "grad_weighted" : "grad"]!.floats
        #expect(distance(Array(plan.output("gradient")), expected) < 5e-6)
        #expect(state.invalidLabel == nil)
    }

    @Test func `probabilities that come from no softmax are clipped and divided by their sum as in Keras`() throws {
        let graph = Graph()
        let scores = graph.input("scores", shape: [2, 3])
        let target = graph.input("target", shape: [2], type: .int32)
        let loss = SparseCategoricalCrossentropy().values(prediction: scores, target: target)
        let gradient = graph.gradients(of: loss.sum(), withRespectTo: [scores])[0]
        let ledger = MemoryLedger()
        let plan = try Plan(
            graph, store: ParameterStore([], ledger: ledger), arena: ActivationArena(ledger: ledger),
            propagation: .training, outputs: ["loss": loss, "gradient": gradient])
        let buffers = (TestBuffer(byteCount: 64), TestBuffer(byteCount: 64))
        _ = buffers.0.floats.update(from: [1, 2, 1, 0, 3, 1])
        _ = buffers.1.bytes.bindMemory(to: Int32.self).update(from: [1, 0])
        plan.setInput("scores", to: buffers.0.address)
        plan.setInput("target", to: buffers.1.address)
        var state = RunState()
        plan.run(&state)
        // −log(2/4), and −log(1e-7) where the probability is 0.
        #expect(distance(Array(plan.output("loss")), [0.6931472, 16.118095]) < 1e-6)
        // d/dp of −log(p₁/Σp) is 1/Σp − [i = 1]/p₁; a clipped probability has no slope.
        #expect(distance(Array(plan.output("gradient")), [0.25, -0.25, 0.25, 0, 0, 0]) < 1e-6)
    }

    @Test func `a label that is no class is noted with its row`() throws {
        let graph = Graph()
        let scores = graph.input("scores", shape: [3, 2])
        let target = graph.input("target", shape: [3], type: .int32)
        let loss = SparseCategoricalCrossentropy(fromLogits: true).values(prediction: scores, target: target)
        let ledger = MemoryLedger()
        let plan = try Plan(
            graph, store: ParameterStore([], ledger: ledger), arena: ActivationArena(ledger: ledger),
            propagation: .inference, outputs: ["loss": loss])
        let buffers = (TestBuffer(byteCount: 64), TestBuffer(byteCount: 64))
        _ = buffers.1.bytes.bindMemory(to: Int32.self).update(from: [1, -3, 7])
        plan.setInput("scores", to: buffers.0.address)
        plan.setInput("target", to: buffers.1.address)
        var state = RunState()
        plan.run(&state)
        #expect(state.invalidLabel?.row == 1)
        #expect(state.invalidLabel?.label == -3)
    }

    @Test(arguments: [true, false]) func `shares that are no numbers have a loss that is none`(isSparse: Bool) throws {
        let loss: any Loss = isSparse ? SparseCategoricalCrossentropy() : CategoricalCrossentropy()
        let graph = Graph()
        let scores = graph.input("scores", shape: [2, 3])
        let specification = try loss.targets(for: [3])
        let target = graph.input("target", shape: specification.shape.prepending(2), type: specification.type)
        let run = try GraphRun(
            [loss.values(prediction: scores, target: target)],
            inputs: ["scores": [.nan, 0.5, 0.5, 0.25, 0.25, 0.5]].merging(
                isSparse ? [:] : ["target": [0, 1, 0, 0, 0, 1]], uniquingKeysWith: { $1 }),
            numbers: isSparse ? ["target": [1, 2]] : [:])
        #expect(run.outputs[0].count == 2 && run.outputs[0][0].isNaN)
        #expect(abs(run.outputs[0][1] - 0.693147) < 1e-5)
    }
}
