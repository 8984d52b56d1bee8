import Engine
import JSONText
import Memory
import TestSupport
import Testing

/// Activations against Keras: `fixtures/goldens/activations.json`.
@Suite struct ActivationGoldenTests {
    private static let functions: [String: @Sendable (Tensor) -> Tensor] = [
        "relu": { $0.relu() }, "relu_slope": { $0.relu(negativeSlope: 0.1, maxValue: nil, threshold: 0) },
        "relu_max": { $0.relu(negativeSlope: 0, maxValue: 2.5, threshold: 0) },
        "relu_max_6": { $0.relu(negativeSlope: 0, maxValue: 6, threshold: 0) },
        "relu_threshold": { $0.relu(negativeSlope: 0, maxValue: nil, threshold: 1) },
        "relu_all": { $0.relu(negativeSlope: 0.2, maxValue: 3, threshold: 0.5) },
        "relu_negative_threshold": { $0.relu(negativeSlope: 0, maxValue: 3, threshold: -1) },
        "leaky_relu": { $0.leakyReLU() }, "relu6": { $0.relu6() }, "elu": { $0.elu() },
        "elu_alpha": { $0.elu(alpha: 0.3) }, "selu": { $0.selu() }, "celu": { $0.celu() },
        "celu_alpha": { $0.celu(alpha: 0.7) }, "gelu": { $0.gelu() },
        "gelu_approximate": { $0.gelu(approximate: true) }, "silu": { $0.silu() }, "mish": { $0.mish() },
        "hard_sigmoid": { $0.hardSigmoid() }, "hard_silu": { $0.hardSiLU() }, "hard_tanh": { $0.hardTanh() },
        "hard_shrink": { $0.hardShrink() }, "soft_shrink": { $0.softShrink() }, "tanh_shrink": { $0.tanhShrink() },
        "threshold": { $0.thresholded(0.5, value: 2) }, "softsign": { $0.softsign() },
        "softplus": { $0.softplus() }, "log_sigmoid": { $0.logSigmoid() }, "squareplus": { $0.squareplus() },
        "sparse_plus": { $0.sparsePlus() }, "sparse_sigmoid": { $0.sparseSigmoid() }, "glu": { $0.glu(axis: 0) },
        "tanh": { $0.tanh() }, "sigmoid": { $0.sigmoid() }, "exponential": { $0.exp() },
        "linear": { $0.scaled(by: 1) }, "softmax": { $0.softmax() }, "log_softmax": { $0.logSoftmax() },
        "sparsemax": { $0.sparsemax() },
    ]

    private static let cases = Fixtures.goldens("activations")

    private static let values = (0..<27).map { Float($0) * 0.5 - 6.5 } + det([27], 0.3, 9)

    @Test(arguments: cases.map(\.key))
    func `value and gradient are Keras's, at kinks too`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let graph = Graph()
        let x = graph.input("x", shape: [2, 27])
        let y = Self.functions[name]!(x)
        let loss = (y * graph.constant(det(y.shape, 0.9, 1), shape: y.shape)).sum()
        let run = try GraphRun([y] + graph.gradients(of: loss, withRespectTo: [x]), inputs: ["x": Self.values])
        #expect(distance(run.outputs[0], golden["out"]!.floats) < 2e-6)
        #expect(distance(run.outputs[1], golden["grad_x"]!.floats) < 2e-6)
    }

    @Test(arguments: functions.keys.sorted())
    func `value and gradient are the reference's, and gradients are slopes`(_ name: String) throws {
        let function = Self.functions[name]!
        let example = OperationHarness.Case(name: name, shapes: [[2, 33]]) { function($0[0]) }
        for (what, distance) in try OperationHarness().check(example) {
            #expect(distance < 5e-5, "\(what): \(distance)")
        }
    }

    @Test func `extreme numbers give no NaN`() throws {
        for (name, function) in Self.functions where name != "exponential" && name != "sparsemax" {
            let graph = Graph()
            let x = graph.input("x", shape: [2, 4])
            let y = function(x)
            let run = try GraphRun(
                [y] + graph.gradients(of: y.sum(), withRespectTo: [x]),
                inputs: ["x": [200, -200, 1e4, -1e4, 100, -100, 0, -0.0]])
            #expect(run.outputs.joined().allSatisfy { !$0.isNaN }, "\(name): \(run.outputs)")
        }
    }

    @Test func `an activation is one pass forward and one pass back`() throws {
        for name in ["gelu", "gelu_approximate", "mish", "elu", "hard_silu", "silu"] {
            let graph = Graph()
            let (x, g) = (graph.input("x", shape: [64, 33]), graph.input("g", shape: [64, 33]))
            let y = Self.functions[name]!(x)
            let slope = graph.gradients(of: (y * g).sum(), withRespectTo: [x])[0]
            let values = det([64, 33], 0.1, 1)
            let run = try GraphRun([y, slope], inputs: ["x": values, "g": values])
            // Besides the constant that the gradient starts from.
            #expect(run.labels.count { $0 != "constant" } == 2, "\(name): \(run.labels)")
        }
    }

    @Test func `bfloat16 stays bfloat16 and comes near`() throws {
        for (name, function) in Self.functions {
            let example = OperationHarness.Case(name: name, shapes: [[2, 9]]) {
                let y = function($0[0].casted(to: .bfloat16))
                #expect(y.type.scalar == .bfloat16, "\(name)")
                return y
            }
            for (what, distance) in try OperationHarness().check(example) where !what.hasPrefix("slope") {
                #expect(distance < 4e-2, "\(name) \(what): \(distance)")
            }
        }
    }
}
