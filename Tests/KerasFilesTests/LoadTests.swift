import DataSource
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
        #expect(model.store.slotCount == 2)
        // Second moments are means of squares; three steps have moved every parameter that has a gradient.
        for index in model.parameters.indices {
            #expect(model.slot(1, at: index).allSatisfy { $0 >= 0 })
            #expect(model.slot(0, at: index).contains { $0 != 0 })
        }
    }

    @Test(arguments: [
        ("optimizer", "Lion"), ("loss", "nonsense"), ("metrics", "nonsense_error"), ("loss_weights", "x"),
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
        "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "loss_scale_factor",
        "gradient_accumulation_steps", "amsgrad",
    ])
    func `an optimizer's setting is refused rather than ignored`(_ key: String) throws {
        var variant = try ModelVariant("digits-mlp.keras")
        let isFlag = key == "use_ema" || key == "amsgrad"
        try variant.set(["compile_config", "optimizer", "config", key], isFlag ? true : 0.5)
        let problem = try variant.load().compilationProblem
        #expect(try #require(problem).contains(key))
    }
}
