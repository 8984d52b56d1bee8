import CAllocationCounter
import DataSource
import Engine
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// What is around an optimizer's formula: memory, layouts, options, averages, what is refused.
@Suite(.serialized) struct OptimizerUpdateTests {
    /// Goes against the sign of the gradient: an optimizer of a user's own.
    struct SignDescent: Optimizer {
        static let kind = "SignDescent"
        var schedule: any LearningRateSchedule = 0.25
        var options = OptimizerOptions()

        func slots(for variable: OptimizerVariable) -> [OptimizerSlot] { [OptimizerSlot("count", initialValue: 2)] }

        func update(_ run: OptimizerRun) {
            for index in run.weights.indices {
                run.slots[0][index] += 1
                let gradient = run.gradients[index]
                run.weights[index] -= gradient == 0 ? 0 : gradient > 0 ? run.learningRate : -run.learningRate
            }
        }
    }

    private func model(_ optimizer: any Optimizer, seed: UInt64 = 3) throws -> Model {
        let model = try Sequential(input: [3], seed: seed) {
            Dense(5, activation: .tanh, name: "first")
            Dense(2, name: "second")
        }
        try model.compile(optimizer: optimizer, loss: .meanSquaredError)
        return model
    }

    private func batch(_ step: Int = 0) throws -> Batch {
        try Batch(
            x: det([6, 3], Double(step), 1), shape: [3], y: det([6, 2], Double(step) + 0.5, 1), targetShape: [2])
    }

    @Test func `an optimizer of one's own gets clipped gradients and decayed weights`() throws {
        let options = OptimizerOptions(weightDecay: 0.5, weightDecayExclusions: ["bias"], clipping: .value(1e-3))
        let model = try model(SignDescent(options: options))
        let before = model.weights
        try model.trainOnBatch(batch())
        for (old, new) in zip(before, model.weights) {
            let decay: Float = old.name.hasSuffix("kernel") ? 0.5 * 0.25 : 0
            for (from, to) in zip(old.values, new.values) {
                let kept = from - from * decay
                #expect(min(abs(to - (kept - 0.25)), abs(to - (kept + 0.25))) < 1e-6)
            }
        }
        for index in model.parameters.indices {
            #expect(try #require(try model.store.slots.read("count", index)).allSatisfy { $0 == 3 })
            #expect(try model.store.read(index, from: .gradients).allSatisfy { abs($0) <= 1e-3 })
        }
    }

    @Test(arguments: [
        Adam() as any Optimizer, Adafactor(), Muon(), Lamb(), Adam(options: .init(clipping: .norm(0.01))),
        RMSprop(momentum: 0.5, centered: true), SGD(options: .init(clipping: .globalNorm(0.01))),
    ])
    func `weights in the layouts of a plan are updated as row-major ones`(_ optimizer: any Optimizer) throws {
        let planned = try Model.load(Fixtures.path("digits-convnet.keras"))
        let plain = try Model.load(Fixtures.path("digits-convnet.keras"))
        planned.compilation?.optimizer = optimizer
        plain.compilation?.optimizer = optimizer
        for index in planned.parameters.indices { plain.setWeights(planned.weights(at: index), at: index) }
        for model in [planned, plain] {
            model.store.slots.removeAll()
            model.iterations = 0
        }
        let digits = try Digits("digits-test.h5")
        let update = OptimizerUpdate(plain)
        _ = plain.store.gradients
        for step in 0..<2 {
            try planned.trainOnBatch(try digits.batch(step * 16..<step * 16 + 16))
            for index in planned.parameters.indices where planned.parameters[index].isTrainable {
                try plain.store.write(planned.store.read(index, from: .gradients), to: index, in: .gradients)
            }
            try update.apply()
            for index in planned.parameters.indices where planned.parameters[index].isTrainable {
                #expect(distance(planned.weights(at: index), plain.weights(at: index)) < 2e-5)
            }
        }
    }

    @Test(
        arguments: [
            Adam(
                options: .init(weightDecay: 0.1, clipping: .globalNorm(1), movingAverage: .init(overwriteFrequency: 3))),
            SGD(learningRate: .cosineDecay(0.1, decaySteps: 50), momentum: 0.9, options: .init(accumulationSteps: 2)),
            Lamb(options: .init(clipping: .norm(1))), Nadam(), Muon(), Adafactor(), LossScaleOptimizer(Adam()),
        ] as [any Optimizer])
    func `an update allocates nothing`(_ optimizer: any Optimizer) throws {
        let model = try model(optimizer)
        try model.trainOnBatch(batch())
        let update = OptimizerUpdate(model)
        for _ in 0..<5 { try update.apply() }
        allocation_counter_begin()
        for _ in 0..<20 { try update.apply() }
        let calls = allocation_counter_end()
        // -1: a sanitizer owns the allocator, and there is nothing to count.
        #expect(calls <= 0)
    }

    @Test func `nothing is kept for frozen weights, and what was kept stays when others are freed`() throws {
        let model = try model(.adam())
        model.setTrainable(false) { $0 == "first" }
        try model.trainOnBatch(batch())
        let slots = model.store.slots
        #expect(slots.parameters(of: "velocity") == [2, 3])
        let kept = try #require(try slots.read("velocity", 2))
        model.setTrainable(true) { $0 == "first" }
        model.setTrainable(false) { $0 == "second" }
        try model.trainOnBatch(batch(1))
        #expect(slots.parameters(of: "velocity") == [0, 1, 2, 3])
        #expect(try slots.read("velocity", 2) == kept)
        #expect(try #require(try slots.read("velocity", 0)).contains { $0 != 0 })
    }

    @Test func `averages follow the weights, take their place, and give it back`() throws {
        let model = try model(.sgd(learningRate: 0.1, options: .init(movingAverage: .init(momentum: 0.5))))
        var expected: [[Float]] = []
        for step in 0..<4 {
            try model.trainOnBatch(batch(step))
            let weights = model.weights.map(\.values)
            expected =
                step == 0 ? weights : zip(expected, weights).map { zip($0, $1).map { 0.5 * $0 + 0.5 * $1 } }
        }
        let trained = model.weights.map(\.values)
        model.swapAverages()
        for (found, average) in zip(model.weights, expected) { #expect(distance(found.values, average) < 1e-6) }
        model.swapAverages()
        #expect(model.weights.map(\.values) == trained)
        model.finalizeWeights()
        for (found, average) in zip(model.weights, expected) { #expect(distance(found.values, average) < 1e-6) }
    }

    @Test func `a norm that is not finite spoils all weights, as in Keras`() throws {
        let model = try model(.sgd(options: .init(clipping: .globalNorm(1))))
        _ = model.store.gradients
        model.store.gradients[0] = .infinity
        try OptimizerUpdate(model).apply()
        #expect(model.weights.allSatisfy { $0.values.allSatisfy(\.isNaN) })
    }

    @Test func `a row and a column without gradients do not spoil Adafactor's weights, as they do in Keras`() throws {
        let model = try model(.adafactor(learningRate: 0.1))
        let before = model.weights.map(\.values)
        _ = model.store.gradients
        var gradients = det([3, 5], 0.4, 0.01)
        for index in gradients.indices where index / 5 == 1 || index % 5 == 2 { gradients[index] = 0 }
        try model.store.write(gradients, to: 0, in: .gradients)
        try OptimizerUpdate(model).apply()
        for (index, gradient) in gradients.enumerated() {
            let change = model.weights[0].values[index] - before[0][index]
            #expect(gradient == 0 ? change == 0 : change != 0 && change.isFinite)
        }
        #expect(model.weights[1].values == before[1])
    }

    @Test func `accumulated batches make one update of their mean, and the rest waits`() throws {
        let model = try model(.sgd(learningRate: 0.5, options: .init(accumulationSteps: 3)))
        let before = model.weights.map(\.values)
        var sums = before.map { $0.map { _ in Float(0) } }
        for step in 0..<3 {
            #expect(model.weights.map(\.values) == before)
            try model.trainOnBatch(batch(step))
            // The last gradients have the sum of the others added to them.
            if step == 2 {
                sums = try model.parameters.indices.map { try model.store.read($0, from: .gradients) }
            }
        }
        for (index, weights) in model.weights.enumerated() {
            let expected = zip(before[index], sums[index]).map { $0 - 0.5 * $1 / 3 }
            #expect(distance(weights.values, expected) < 1e-6)
        }
        #expect(model.iterations == 3)
    }

    @Test(arguments: [
        (SGD(momentum: 2) as any Optimizer, "momentum is 2.0"), (Adam(learningRate: Float.nan), "nan"),
        (MultiOptimizer(SGD(), ["first/.*": Adam(), ".*/bias": Adam()]), "first/bias is described by"),
    ])
    func `settings that cannot work are refused`(_ optimizer: any Optimizer, _ fragment: String) throws {
        let error = #expect(throws: TrainingError.self) { try model(optimizer).trainOnBatch(batch()) }
        #expect(error?.kind == .usage)
        #expect(error?.description.contains(fragment) == true)
    }

    @Test func `a large update is the same in one piece and in several`() throws {
        let count = 100_003
        func run(_ ranges: [Range<Int>]) -> [Float] {
            var gradients = det([count], 0.3, 1)
            var weights = det([count], 0.1, 1)
            var first = [Float](repeating: 0.1, count: count)
            var second = [Float](repeating: 0.2, count: count)
            let workspace = OptimizerWorkspace()
            weights.withUnsafeMutableBufferPointer { w in
                first.withUnsafeMutableBufferPointer { m in
                    second.withUnsafeMutableBufferPointer { v in
                        gradients.withUnsafeMutableBufferPointer { g in
                            for range in ranges {
                                let slots = [m.baseAddress! + range.lowerBound, v.baseAddress! + range.lowerBound]
                                slots.withUnsafeBufferPointer {
                                    Adam().update(
                                        OptimizerRun(
                                            weights: .init(rebasing: w[range]), gradients: .init(rebasing: g[range]),
                                            slots: $0, variables: [], learningRate: 0.01, iteration: 3,
                                            workspace: workspace))
                                }
                            }
                        }
                    }
                }
            }
            return weights
        }
        #expect(run([0..<count]) == run([0..<10, 10..<50_001, 50_001..<count]))
    }

    @Test func `another optimizer of a step begins anew, another step size goes on`() throws {
        let model = try model(.sgd())
        let step = TrainStep(model, optimizer: .sgd(learningRate: 0.1, momentum: 0.9)) { step in
            step.minimize((step.call(model, step.input("x", [3])) - step.input("y", [2])).square().mean())
        }
        let inputs: [String: TrainStep.Values] = ["x": .floats(det([6, 3], 0, 1)), "y": .floats(det([6, 2], 1, 1))]
        for _ in 0..<2 { try step(inputs) }
        step.optimizer.learningRate = 0.05
        #expect(step.iterations == 2)
        step.optimizer = Adam()
        #expect(step.iterations == 0)
        for _ in 0..<2 { try step(inputs) }
        #expect(step.iterations == 2)
    }
}
