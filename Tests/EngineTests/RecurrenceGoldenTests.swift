import Engine
import JSONText
import Memory
import TestSupport
import Testing

/// Recurrent operations against Keras's layers: `fixtures/goldens/recurrence.json`.
@Suite struct RecurrenceGoldenTests {
    private static let cases = Fixtures.goldens("recurrence")

    private static func options(_ name: String) -> RecurrenceOptions {
        let parts = name.split(separator: "_")
        var options = RecurrenceOptions(
            goBackwards: parts.contains("backwards"), zeroOutputForMask: parts.contains("zeroed"))
        let activations: [(String, RecurrentActivation?, RecurrentActivation?)] = [
            ("lstm_activations", .softsign, .hardSigmoid), ("lstm_elu_relu", .elu, .relu),
            ("gru_activations", .relu, .hardSigmoid), ("gru_early_activations", .softplus, .tanh),
            ("simple_relu", .relu, nil), ("simple_selu", .selu, nil),
        ]
        for (prefix, activation, recurrent) in activations where name.hasPrefix(prefix) {
            options.activation = activation ?? options.activation
            options.recurrentActivation = recurrent ?? options.recurrentActivation
        }
        return options
    }

    @Test(arguments: cases.map(\.key))
    func `outputs, states and all gradients are Keras's`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let graph = Graph()
        let x = graph.input("x", shape: [3, 5, 2])
        let states = (0..<(name.hasPrefix("lstm") ? 2 : 1)).map { graph.input("s\($0)", shape: [3, 4]) }
        let shapes = golden["shapes"]!.arrayValue!.map(\.shape)
        let weights = shapes.enumerated().map { graph.input("w\($0)", shape: $1) }
        let mask = golden["mask"].map { graph.constant($0.floats, shape: [3, 5]) }
        let (options, bias) = (Self.options(name), weights.count > 2 ? weights[2] : nil)
        let results: [Tensor]
        if name.hasPrefix("lstm") {
            let result = x.lstm(
                kernel: weights[0], recurrentKernel: weights[1], bias: bias, state: (states[0], states[1]), mask: mask,
                options: options)
            results = [result.outputs, result.state, result.cell]
        } else if name.hasPrefix("gru") {
            let result = x.gru(
                kernel: weights[0], recurrentKernel: weights[1], bias: bias, state: states[0],
                resetAfter: !name.hasPrefix("gru_early"), mask: mask, options: options)
            results = [result.outputs, result.state]
        } else {
            let result = x.simpleRNN(
                kernel: weights[0], recurrentKernel: weights[1], bias: bias, state: states[0], mask: mask,
                options: options)
            results = [result.outputs, result.state]
        }
        let loss = results.enumerated().map { index, part in
            (part * graph.constant(det(part.shape, 0.9 + 0.1 * Double(index), 1), shape: part.shape)).sum()
        }.reduce(graph.constant(0, shape: [])) { $0 + $1 }
        let gradients = graph.gradients(of: loss, withRespectTo: [x] + states + weights)
        var inputs = ["x": det([3, 5, 2], 0.1, 1)]
        for index in states.indices { inputs["s\(index)"] = det([3, 4], 0.5 + 0.1 * Double(index), 0.7) }
        for (index, shape) in shapes.enumerated() { inputs["w\(index)"] = det(shape, 0.2 + 0.1 * Double(index), 0.6) }
        let run = try GraphRun(results + gradients, inputs: inputs)
        let expected = golden["out"]!.arrayValue! + golden["gradients"]!.arrayValue!
        for (index, values) in expected.enumerated() {
            #expect(distance(run.outputs[index], values.floats) < 3e-6, "part \(index)")
        }
    }
}
