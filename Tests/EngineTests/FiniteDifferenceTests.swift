import Engine
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// Every gradient against central differences of the forward pass, element by element.
@Suite struct FiniteDifferenceTests {
    struct Case: Sendable, CustomTestStringConvertible {
        let name: String
        let inputShape: Shape
        let make: @Sendable () -> Layer
        var testDescription: String { name }
    }

    /// A convolution whose output is read by work that may run in place and again by its own gradient.
    private final class SharedOutput: Layer {
        let behind: @Sendable (Tensor, LayerContext) -> Tensor
        let activation: ActivationFunction

        init(_ activation: ActivationFunction, _ behind: @escaping @Sendable (Tensor, LayerContext) -> Tensor) {
            self.activation = activation
            self.behind = behind
            super.init()
        }

        override func outputShape(of input: Shape) -> Shape { [(input[0] - 2) * (input[1] - 2) * 16] }

        override func parameters(for input: Shape) -> [ParameterSpecification] {
            [ParameterSpecification("kernel", [3, 3, input[2], 16], .zeros)]
        }

        override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
            let images = activation(input.convolution2D(context.parameters[0]))
            return behind(Flatten().call(images, context), context)
        }
    }

    private static let moments = Normalization.Moments(mean: [0.4], variance: [0.3])

    static let cases: [Case] = [
        Case(name: "tanh, then affine in place", inputShape: [1, 5, 4, 16]) {
            SharedOutput(.tanh) { flat, _ in flat.scaled(by: 2, offset: 1) }
        },
        Case(name: "relu, then affine in place", inputShape: [1, 5, 4, 16]) {
            SharedOutput(.relu) { flat, _ in flat.scaled(by: 2, offset: 1) }
        },
        Case(name: "sigmoid, then dropout in place", inputShape: [1, 5, 4, 16]) {
            SharedOutput(.sigmoid) { flat, context in Dropout(0.5).call(flat, context) }
        },
        Case(name: "relu, then sigmoid in place", inputShape: [1, 5, 4, 16]) {
            SharedOutput(.relu) { flat, _ in flat.sigmoid() }
        },
        Case(name: "relu, then normalization in place", inputShape: [1, 5, 4, 16]) {
            SharedOutput(.relu) { flat, context in Normalization(axis: nil, moments: moments).call(flat, context) }
        },
        Case(name: "dense", inputShape: [3, 5]) { Dense(4) },
        Case(name: "dense sigmoid", inputShape: [3, 5]) { Dense(4, activation: .sigmoid) },
        Case(name: "dense tanh without bias", inputShape: [2, 3]) { Dense(3, activation: .tanh, useBias: false) },
        Case(name: "dense softmax", inputShape: [3, 4]) { Dense(5, activation: .softmax) },
        Case(name: "dense relu, one row", inputShape: [1, 7]) { Dense(3, activation: .relu) },
        Case(name: "dense of rank 3", inputShape: [2, 3, 4]) { Dense(2, activation: .tanh) },
        Case(name: "convolution", inputShape: [2, 5, 4, 2]) { Conv2D(3, kernel: 3) },
        Case(name: "convolution same, stride 2", inputShape: [1, 5, 4, 3]) {
            Conv2D(2, kernelSize: [3, 2], strides: [2, 2], padding: .same)
        },
        Case(name: "convolution dilated", inputShape: [1, 6, 6, 1]) {
            Conv2D(2, kernelSize: [2, 2], dilationRate: [2, 2], activation: .tanh)
        },
        Case(name: "convolution of 17 channels", inputShape: [1, 3, 3, 17]) {
            Conv2D(18, kernel: 2, activation: .sigmoid)
        },
        Case(name: "pooling", inputShape: [2, 4, 5, 3]) { MaxPooling2D() },
        Case(name: "pooling same", inputShape: [1, 5, 5, 2]) {
            MaxPooling2D(poolSize: [3, 3], strides: [2, 2], padding: .same)
        },
        Case(name: "rectifier", inputShape: [4, 9]) { ReLU(maxValue: 0.6, negativeSlope: 0.1, threshold: 0.05) },
        Case(name: "leaky", inputShape: [4, 9]) { ReLU(negativeSlope: 0.2) },
        Case(name: "softmax", inputShape: [2, 3, 4]) { Softmax() },
        Case(name: "rescaling", inputShape: [2, 3]) { Rescaling(0.3, offset: 1) },
        Case(name: "normalization", inputShape: [3, 4]) {
            Normalization(moments: .init(mean: [0.1, -0.2, 0.3, 0.4], variance: [0.5, 1, 2, 0.25]))
        },
        Case(name: "normalization inverted", inputShape: [2, 3, 2]) {
            Normalization(
                axis: [1, 2], moments: .init(mean: [0.1, -0.2, 0.3], variance: [0.5, 1, 2], shape: [3, 1]), invert: true
            )
        },
        Case(name: "flatten", inputShape: [2, 3, 2, 2]) { Flatten() },
        Case(name: "reshape", inputShape: [2, 6]) { Reshape([3, -1]) },
    ]

    @Test(arguments: cases)
    func `gradients are slopes`(_ test: Case) throws {
        let harness = try LayerHarness(test.make(), inputShape: test.inputShape)
        let input = det(test.inputShape, 0.37, 1)
        let weights = harness.parameterShapes.enumerated().map { det($1, Double($0) + 1.7, 0.4) }
        let exact = try harness.run(input, weights)
        let step: Float = 1e-3
        /// Central, forward and backward: beside the kink of a rectifier only the slope of one side is the gradient.
        func slopes(_ change: (Float) throws -> Double) rethrows -> [Float] {
            let (up, down, here) = (try change(step), try change(-step), exact.loss)
            return [(up - down) / 2, up - here, here - down].map { Float($0 / Double(step)) }
        }
        func matches(_ slopes: [Float], _ gradient: Float) -> Bool { slopes.contains { abs($0 - gradient) < 5e-3 } }
        for index in input.indices {
            let found = try slopes { offset in
                var moved = input
                moved[index] += offset
                return try harness.run(moved, weights).loss
            }
            #expect(matches(found, exact.inputGradient[index]), "input element \(index)")
        }
        for (number, values) in weights.enumerated() {
            // A prime stride reaches every part of a large weight.
            for index in stride(from: 0, to: values.count, by: values.count > 100 ? 13 : 1) {
                let found = try slopes { offset in
                    var moved = weights
                    moved[number][index] += offset
                    return try harness.run(input, moved).loss
                }
                #expect(
                    matches(found, exact.weightGradients[number][index]), "weight \(number), element \(index)")
            }
        }
    }

    struct LossCase: Sendable, CustomTestStringConvertible {
        let name: String
        let loss: any Loss
        /// Applied to the input in front of the loss.
        let activation: ActivationFunction
        var testDescription: String { name }
    }

    static let losses: [LossCase] = [
        LossCase(name: "sparse, logits", loss: SparseCategoricalCrossentropy(fromLogits: true), activation: .linear),
        LossCase(name: "sparse, softmax", loss: SparseCategoricalCrossentropy(), activation: .softmax),
        LossCase(name: "sparse, probabilities", loss: SparseCategoricalCrossentropy(), activation: .sigmoid),
        LossCase(name: "one-hot, logits", loss: CategoricalCrossentropy(fromLogits: true), activation: .linear),
        LossCase(name: "one-hot, probabilities", loss: CategoricalCrossentropy(), activation: .sigmoid),
        LossCase(name: "squares", loss: MeanSquaredError(), activation: .tanh),
    ]

    @Test(arguments: losses)
    func `gradients of weighted losses are slopes`(_ test: LossCase) throws {
        let shape: Shape = [3, 4]
        let graph = Graph()
        let scores = graph.input("scores", shape: shape)
        let specification = try test.loss.targets(for: [4])
        let target = graph.input("target", shape: specification.shape.prepending(3), type: specification.type)
        let weights = graph.input("weights", shape: [3])
        let losses = test.loss.values(prediction: test.activation(scores), target: target)
        // Every loss here is one value a row.
        let total = (losses * weights).mean()
        let ledger = MemoryLedger()
        let plan = try Plan(
            graph, store: ParameterStore([], ledger: ledger), arena: ActivationArena(ledger: ledger),
            propagation: .training,
            outputs: ["losses": losses, "gradient": graph.gradients(of: total, withRespectTo: [scores])[0]])
        let buffers = (TestBuffer(byteCount: 64), TestBuffer(byteCount: 64), TestBuffer(byteCount: 64))
        let factors: [Float] = [1, 0.25, 2]
        _ = buffers.2.floats.update(from: factors)
        if specification.type == .int32 {
            _ = buffers.1.bytes.bindMemory(to: Int32.self).update(from: [2, 0, 3])
        } else {
            _ = buffers.1.floats.update(from: [0, 0, 1, 0, 0.5, 0.25, 0.25, 0, 0, 0, 0, 1])
        }
        plan.setInput("scores", to: buffers.0.address)
        plan.setInput("target", to: buffers.1.address)
        plan.setInput("weights", to: buffers.2.address)
        var state = RunState()
        func value(_ input: [Float]) -> Double {
            _ = buffers.0.floats.update(from: input)
            plan.run(&state)
            return zip(plan.output("losses"), factors).reduce(0.0) { $0 + Double($1.0) * Double($1.1) } / 3
        }
        let input = det(shape, 0.2, 1.2)
        _ = value(input)
        let gradient = Array(plan.output("gradient"))
        for index in input.indices {
            var (up, down) = (input, input)
            up[index] += 1e-3
            down[index] -= 1e-3
            let slope = Float((value(up) - value(down)) / 2e-3)
            #expect(abs(slope - gradient[index]) < 2e-3, "element \(index)")
        }
    }
}
