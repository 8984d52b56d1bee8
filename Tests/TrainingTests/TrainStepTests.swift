import DataSource
import Engine
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

@Suite struct TrainStepTests {
    private func network(_ inputs: Int, _ outputs: Int, seed: UInt64 = 3) throws -> Model {
        try Sequential(input: [inputs], seed: seed) {
            Dense(8, activation: .tanh)
            Dense(outputs)
        }
    }

    @Test func `a step of one's own does what the model's own step does`() throws {
        let (one, other) = (try network(4, 3), try network(4, 3))
        let (x, y) = (det([6, 4], 0.2, 1), det([6, 3], 0.8, 1))
        try other.compile(optimizer: .adam(), loss: .meanSquaredError)
        let step = TrainStep(one, optimizer: .adam()) { step in
            let loss = (step.call(one, step.input("x", [4])) - step.input("y", [3])).square().mean()
            step.minimize(loss)
            step.report("loss", loss)
        }
        let source = ArraySource(
            inputs: [ArrayColumn("x", x, rowShape: [4])], targets: [ArrayColumn("y", y, rowShape: [3])])
        for _ in 0..<5 {
            let loss = try step(["x": .floats(x), "y": .floats(y)])["loss"]!
            let stream = try source.batches(of: 6, shuffle: .none)
            let logs = try other.trainOnBatch(stream.next()!)
            #expect(abs(loss - logs.loss) < 1e-6)
        }
        for (left, right) in zip(one.weights, other.weights) { #expect(distance(left.values, right.values) < 1e-6) }
    }

    @Test func `added losses are those of layers and of weights, as in the model's own step`() throws {
        func regularized() throws -> Model {
            let first = Dense(8, activation: .tanh, kernelRegularizer: L2(0.05))
            first.activityRegularizer = L1(0.02)
            return try Sequential(input: [4], seed: 3) {
                first
                Dense(3, kernelRegularizer: L1(0.01))
            }
        }
        let (one, other) = (try regularized(), try regularized())
        let (x, y) = (det([6, 4], 0.2, 1), det([6, 3], 0.8, 1))
        try other.compile(optimizer: .sgd(learningRate: 0.1), loss: .meanSquaredError)
        let step = TrainStep(one, optimizer: .sgd(learningRate: 0.1)) { step in
            let error = (step.call(one, step.input("x", [4])) - step.input("y", [3])).square().mean()
            let loss = step.addedLosses.reduce(error) { $0 + $1 }
            step.minimize(loss)
            step.report("loss", loss)
            step.report("error", error)
        }
        for _ in 0..<5 {
            let figures = try step(["x": .floats(x), "y": .floats(y)])
            let logs = try other.trainOnBatch(Batch(x: x, shape: [4], y: y, targetShape: [3]))
            #expect(abs(figures["loss"]! - logs.loss) < 1e-6)
            #expect(figures["loss"]! > figures["error"]! + 0.01)
        }
        for (left, right) in zip(one.weights, other.weights) { #expect(distance(left.values, right.values) < 1e-6) }
    }

    @Test func `batches of ever other sizes are planned anew, and go on`() throws {
        let model = try network(1, 1)
        let step = TrainStep(model, optimizer: .sgd(learningRate: 0.001)) { step in
            step.minimize(step.call(model, step.input("x", [1])).square().mean())
        }
        for rows in 1...260 { try step(["x": .floats(det([rows, 1], 0.2, 1))]) }
        #expect(step.planCount <= 256 && step.iterations == 260)
    }

    @Test func `a layer that is frozen between steps is not trained, and the others go on`() throws {
        let model = try network(4, 3)
        let step = TrainStep(model, optimizer: .adam(learningRate: 0.1)) { step in
            step.minimize((step.call(model, step.input("x", [4])) - step.input("y", [3])).square().mean())
        }
        let inputs = ["x": TrainStep.Values.floats(det([6, 4], 0.2, 1)), "y": .floats(det([6, 3], 0.8, 1))]
        try step(inputs)
        for isTrainable in [false, true] {
            model.layers[0].isTrainable = isTrainable
            let before = model.weights.map(\.values)
            try step(inputs)
            let after = model.weights.map(\.values)
            #expect((after[0] == before[0]) == !isTrainable)
            #expect(after[2] != before[2])
        }
        #expect(step.iterations == 3)
    }

    @Test func `a random layer, which a step would leave out, is refused by its name`() throws {
        let model = try Sequential(input: [4, 4, 1]) {
            RandomFlip(name: "turned")
            Flatten()
            Dense(1)
        }
        let step = TrainStep(model, optimizer: .sgd()) { step in
            step.minimize(step.call(model, step.input("x", [4, 4, 1])).mean())
        }
        let error = #expect(throws: TrainingError.self) { try step(["x": .floats(det([2, 4, 4, 1], 0, 1))]) }
        #expect(error?.kind == .usage && error!.description.contains("\"turned\""))
    }

    @Test func `a gradient penalty is trained: second derivatives are slopes`() throws {
        let critic = try network(3, 1)
        // The slope of the penalty by one bias, against a difference of penalties.
        func penalty(_ change: Float) throws -> (value: Double, slope: Double) {
            let model = try network(3, 1)
            try model.setWeights(
                critic.weights.enumerated().map { index, weight in
                    index == 1 ? [weight.values[0] + change] + weight.values.dropFirst() : weight.values
                })
            let step = TrainStep(model, optimizer: .sgd(learningRate: 0)) { step in
                let x = step.input("x", [3])
                let score = step.call(model, x).sum()
                let slopes = step.graph.gradients(of: score, withRespectTo: [x])[0]
                let penalty = (slopes.square().sum(axes: [1]).sqrt() - 1).square().mean()
                let parameters = step.parameters()
                let gradients = step.graph.gradients(of: penalty, withRespectTo: parameters)
                step.apply(gradients, to: parameters)
                step.report("penalty", penalty)
                step.report("slope", gradients[1].sliced(axis: 0, 0..<1).sum())
            }
            let figures = try step(["x": .floats(det([5, 3], 0.1, 1))])
            return (figures["penalty"]!, figures["slope"]!)
        }
        let difference = (try penalty(1e-2).value - penalty(-1e-2).value) / 2e-2
        #expect(abs(difference - (try penalty(0).slope)) < 2e-4 * (1 + abs(difference)))
    }

    @Test func `two steps train two parts of one model in turns`() throws {
        let generator = try network(2, 3, seed: 1)
        let discriminator = try network(3, 1, seed: 2)
        let noise = Input(2, name: "noise")
        let model = try Model(inputs: [noise], outputs: [discriminator(generator(noise))])
        let before = model.weights
        let judge = TrainStep(model, optimizer: .adam(learningRate: 0.02)) { step in
            let real = step.call(discriminator, step.input("real", [3]))
            let made = step.call(discriminator, step.call(generator, step.input("noise", [2])))
            let loss = real.scaled(by: -1).softplus().mean() + made.softplus().mean()
            step.minimize(loss, step.parameters { $0.hasPrefix(discriminator.name) })
            step.report("loss", loss)
        }
        let forge = TrainStep(model, optimizer: .adam(learningRate: 0.02)) { step in
            let made = step.call(discriminator, step.call(generator, step.input("noise", [2])))
            let loss = made.scaled(by: -1).softplus().mean()
            step.minimize(loss, step.parameters { $0.hasPrefix(generator.name) })
            step.report("loss", loss)
        }
        let noises = det([16, 2], 0.3, 1)
        let first = try judge(["real": .floats(det([16, 3], 0.7, 1)), "noise": .floats(noises)])
        for (index, weight) in model.weights.enumerated() {
            let changes = weight.values != before[index].values
            #expect(changes == weight.name.hasPrefix(discriminator.name))
        }
        let start = try forge(["noise": .floats(noises)])["loss"]!
        for _ in 0..<40 { try forge(["noise": .floats(noises)]) }
        #expect(try forge(["noise": .floats(noises)])["loss"]! < start)
        #expect(first["loss"]!.isFinite && judge.iterations == 1 && forge.iterations == 42)
    }

    @Test func `a policy follows its rewards`() throws {
        let policy = try network(2, 4)
        let step = TrainStep(policy, optimizer: .adam(learningRate: 0.05)) { step in
            let logits = step.call(policy, step.input("state", [2]))
            let action = step.input("action", [4])
            let logarithm = (logits.softmax() * action).sum(axes: [1]).log()
            let loss = (logarithm * step.input("reward", [])).mean().scaled(by: -1)
            step.minimize(loss)
            step.report("likelihood", logarithm.mean())
        }
        let states = det([8, 2], 0.4, 1)
        let actions = (0..<8).flatMap { row in (0..<4).map { $0 == row % 4 ? Float(1) : 0 } }
        let batch: [String: TrainStep.Values] = [
            "state": .floats(states), "action": .floats(actions), "reward": .floats(Array(repeating: 1, count: 8)),
        ]
        let before = try step(batch)["likelihood"]!
        for _ in 0..<60 { try step(batch) }
        #expect(try step(batch)["likelihood"]! > before + 0.3)
    }

    private final class Scale: Layer {
        override func parameters(for input: Shape) -> [ParameterSpecification] {
            [ParameterSpecification("factor", [input.last], .ones)]
        }
        override func call(_ input: Tensor, _ context: LayerContext) -> Tensor { input * context.parameters[0] }
    }

    private struct Huber: Loss {
        var name: String { "huber" }
        func targets(for prediction: Shape) -> TargetSpecification {
            TargetSpecification(shape: prediction, type: .float32, meaning: "values like the predictions")
        }
        func values(prediction: Tensor, target: Tensor) -> Tensor {
            let distance = (prediction - target).abs()
            let near = distance.clipped(from: 0, to: 1)
            return (near * (distance - near * 0.5)).mean(axes: [-1])
        }
    }

    @Test func `a layer and a loss of one's own train as others do`() throws {
        let model = try Sequential(input: [2]) { Scale() }
        try model.compile(optimizer: .sgd(learningRate: 0.5), loss: Huber())
        let source = ArraySource(
            inputs: [ArrayColumn("x", [1, 2, -1, 3] as [Float], rowShape: [2])],
            targets: [ArrayColumn("y", [1.5, 5, -1, 3], rowShape: [2])])
        let logs = try model.trainOnBatch(source.batches(of: 2, shuffle: .none).next()!)
        // Distances 0.5, 3, 0, 0: 0.5 · 0.25 and 3 − 0.5, of four values.
        #expect(abs(logs.loss - (0.125 + 2.5) / 4) < 1e-6)
        // The gradients are −0.5 · 1 / 4 and −1 · 2 / 4.
        #expect(distance(model.weights[0].values, [1 + 0.5 * 0.125, 1 + 0.5 * 0.5]) < 1e-6)
    }

    @Test func `inputs that do not fit are refused`() throws {
        let model = try network(3, 2)
        let step = TrainStep(model, optimizer: .sgd()) { step in
            step.minimize((step.call(model, step.input("x", [3])) - step.input("y", [2])).square().mean())
        }
        let x = TrainStep.Values.floats(det([4, 3], 0, 1))
        for (inputs, text) in [
            (["x": x], "\"y\" of the step is missing"),
            (["x": x, "y": .floats([1, 2])], "has 2 values, expected 8"),
            (["x": x, "y": .integers(Array(repeating: 0, count: 8))], "is int32, the step takes float32"),
            (["x": .floats([1, 2]), "y": .floats([])], "expected a multiple of 3"),
        ] {
            do {
                try step(inputs)
                Issue.record("\(text): accepted")
            } catch {
                #expect("\(error)".contains(text), "\(error)")
            }
        }
    }
}
