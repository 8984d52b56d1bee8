import DataSource
import Foundation
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

@Suite struct LoadTests {
    @Test(arguments: loadable) func `predicts what Keras predicts`(_ name: String) throws {
        let golden = try #require(Fixtures.goldens("predictions").first { $0.key == name }).value
        let model = try Model.load(Fixtures.path(name))
        let shape = golden["in_shape"]!.shape
        let x = det(shape, 0.1, golden["s"]!.doubleValue!)
        let batch = try Batch(inputs: [ArrayColumn("x", x, rowShape: shape.withoutFirst)])
        let predictions = try model.predictOnBatch(batch)
        #expect(distance(predictions, golden["out"]!.floats) <= 1e-5)
        #expect(model.predictionShape == golden["out_shape"]!.shape.withoutFirst)
        #expect(model.name == golden["name"]?.stringValue)
        #expect(model.weights.map(\.shape) == golden["weights"]!.arrayValue!.map { $0.arrayValue![1].shape })
    }

    @Test func `keeps names of model, inputs and layers`() throws {
        let model = try Model.load(Fixtures.path("models/functional-dense.keras"))
        #expect(model.name == "named_functional")
        #expect(model.form == .functional)
        #expect(model.inputs.map(\.name) == ["measurements"])
        #expect(model.layers.map(\.name) == ["encoder", "bottleneck", "verdict"])
    }

    @Test(arguments: ["digits-mlp.keras", "digits-convnet.keras"])
    func `a compile configuration by names`(_ name: String) throws {
        let compilation = try #require(try Model.load(Fixtures.path(name)).compilation)
        let adam = try #require(compilation.optimizer as? Adam)
        #expect(adam.learningRate == 0.001)
        #expect(adam.beta1 == 0.9)
        #expect(adam.beta2 == 0.999)
        #expect(adam.epsilon == 1e-7)
        let loss = try #require(compilation.outputs[0].loss as? SparseCategoricalCrossentropy)
        #expect(!loss.fromLogits)
        #expect(compilation.outputs[0].metrics.map(\.name) == ["accuracy"])
    }

    @Test func `SGD with momentum, and a loss without metrics`() throws {
        let compilation = try #require(try Model.load(Fixtures.path("models/sgd-mse.keras")).compilation)
        let sgd = try #require(compilation.optimizer as? SGD)
        #expect(sgd.learningRate == 0.05)
        #expect(sgd.momentum == 0.9)
        #expect(sgd.nesterov)
        #expect(compilation.outputs[0].loss is MeanSquaredError)
        #expect(compilation.outputs[0].metrics.isEmpty)
    }

    @Test func `a loss object from logits`() throws {
        let compilation = try #require(try Model.load(Fixtures.path("models/logits-loss.keras")).compilation)
        let loss = try #require(compilation.outputs[0].loss as? SparseCategoricalCrossentropy)
        #expect(loss.fromLogits)
        #expect(compilation.optimizer.learningRate == 0.002)
    }

    @Test func `an uncompiled model has no compilation and no problem`() throws {
        let model = try Model.load(Fixtures.path("models/uncompiled.keras"))
        #expect(model.compilation == nil)
        #expect(model.compilationProblem == nil)
    }

    @Test func `the optimizer's state`() throws {
        let model = try Model.load(Fixtures.path("models/trained-adam.keras"))
        #expect(model.iterations == 3)
        #expect(model.learningRate == 0.01)
        #expect(model.compilation?.outputs[0].loss is CategoricalCrossentropy)
        let slots = model.store.slots
        #expect(slots.names == ["momentum", "velocity"])
        // Second moments are means of squares; three steps have moved every parameter that has a gradient.
        for index in model.parameters.indices {
            #expect(try #require(try slots.read("velocity", index)).allSatisfy { $0 >= 0 })
            #expect(try #require(try slots.read("momentum", index)).contains { $0 != 0 })
        }
    }

    @Test(arguments: [
        ("optimizer", "Rprop"), ("loss", "hinges"), ("metrics", "mean_guess"), ("loss_weights", "x"),
    ])
    func `an unsupported compile configuration still predicts, and says what is wrong`(
        _ key: String, _ value: String
    ) throws {
        var variant = try ModelVariant("digits-mlp.keras")
        try variant.set(["compile_config", key], key == "metrics" ? [value] : value)
        let model = try variant.load()
        #expect(model.compilation == nil)
        #expect(try #require(model.compilationProblem).contains(value))
    }

    @Test(arguments: [
        ("momentum", "1.5", "momentum is 1.5, expected 0 to 1"), ("learning_rate", "\"fast\"", "expected a number or"),
        ("learning_rate", "{\"class_name\": \"Sawtooth\"}", "schedule Sawtooth is not supported"),
        (
            "learning_rate", "{\"class_name\": \"CosineDecay\", \"config\": {\"decay_steps\": 5}}",
            "initial_learning_rate is absent"
        ),
        (
            "learning_rate",
            "{\"class_name\": \"CosineDecay\", \"config\": {\"initial_learning_rate\": 1, \"decay_steps\": 0}}",
            "decaySteps is 0"
        ),
        ("gradient_accumulation_steps", "1", "accumulationSteps is 1"), ("ema_momentum", "3", "moving average is 3.0"),
        ("clipvalue", "0.5", "beside another clipping"),
        ("clipnorm", "\"much\"", "clipnorm is \"much\", expected a number"),
    ])
    func `an optimizer's settings that cannot work are named`(_ key: String, _ value: String, _ part: String) throws {
        var variant = try ModelVariant("models/sgd-mse.keras")
        try variant.set(["compile_config", "optimizer", "config", "use_ema"], true)
        try variant.set(["compile_config", "optimizer", "config", "clipnorm"], 1)
        try variant.set(
            ["compile_config", "optimizer", "config", key],
            try JSONSerialization.jsonObject(with: Data(value.utf8), options: .fragmentsAllowed))
        let model = try variant.load()
        #expect(model.compilation == nil)
        let problem = try #require(model.compilationProblem)
        #expect(problem.contains(part), "\(problem)")
    }

    @Test func `the keys of an optimizer map keep their order, which numbers the state`() throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixtures.path("models/trained-adam.keras"))
        let keys: KeyValuePairs<String, any Optimizer> = [
            "dense_1/kernel": SGD(momentum: 0.5), "dense/.*": Adam(), ".*\"quoted\".*": Lion(), "a": Lamb(),
        ]
        for optimizer in [MultiOptimizer(SGD(), keys), LossScaleOptimizer(MultiOptimizer(SGD(), keys))]
            as [any Optimizer]
        {
            model.compilation?.optimizer = optimizer
            model.store.slots.removeAll()
            try model.save(scratch.path("map.keras"))
            let loaded = try #require(try Model.load(scratch.path("map.keras")).compilation?.optimizer)
            let multiple = try #require(
                loaded as? MultiOptimizer ?? (loaded as? LossScaleOptimizer)?.inner as? MultiOptimizer)
            #expect(multiple.keys.map(\.key) == keys.map(\.key))
            #expect(multiple.parts.map { type(of: $0).kind } == ["SGD", "Adam", "Lion", "Lamb", "SGD"])
        }
    }

    @Test func `an optimizer whose variables are other ones begins anew`() throws {
        var variant = try ModelVariant("models/trained-adam.keras")
        try variant.setLayer(1, "trainable", false)
        let model = try variant.load()
        #expect(model.compilation?.optimizer is Adam)
        #expect(model.iterations == 0 && model.store.slots.isEmpty)
        #expect(model.compilationProblem == nil)
        #expect(try #require(model.optimizerNote).contains("begins anew"))
        // Training starts all the same, and says so once.
        var notes: [String] = []
        let callback = LambdaCallback(noteWasMade: { note, _ in notes.append(note) })
        let targets: [Float] = (0..<24).map { $0 % 3 == $0 / 3 % 3 ? 1 : 0 }
        let source = ArraySource(x: det([8, 6], 0.3, 1), shape: [6], y: targets, targetShape: [3])
        for _ in 0..<2 { try model.fit(source, callbacks: [callback]) }
        #expect(notes.count == 1 && notes[0].contains("has 10 variables of the optimizer adam, expected 6 or 2"))
        #expect(model.optimizerNote == nil && model.iterations == 2)
    }

    @Test func `a schedule that Keras does not have is saved as the step size it has come to`() throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixtures.path("models/trained-adam.keras"))
        #expect(model.iterations == 3)
        model.compilation?.optimizer.schedule = CustomSchedule { step in 1 / Float(step + 1) }
        try model.save(scratch.path("saved.keras"))
        let loaded = try Model.load(scratch.path("saved.keras"))
        #expect(loaded.compilation?.optimizer.learningRate == 0.25)
        #expect(loaded.iterations == 3 && loaded.store.slots.names == ["momentum", "velocity"])
    }
}
