import DataSource
import Foundation
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

@Suite struct SaveTests {
    @Test(arguments: loadable) func `saved and loaded, a model is the same`(_ name: String) throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixtures.path(name))
        let path = scratch.path("saved.keras")
        try model.save(path)
        let loaded = try Model.load(path)
        try expectSame(loaded, model)
        #expect(try configuration(path) == configuration(of: loaded, in: scratch))
        #expect(try scratch.names.contains { $0.hasPrefix(".") } == false)
    }

    @Test(arguments: loadable) func `the same model gives the same bytes`(_ name: String) throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixtures.path(name))
        try model.save(scratch.path("first.keras"))
        try model.save(scratch.path("second.keras"))
        try Model.load(scratch.path("first.keras")).save(scratch.path("third.keras"))
        let first = try bytes(scratch.path("first.keras"))
        #expect(try bytes(scratch.path("second.keras")) == first)
        #expect(try bytes(scratch.path("third.keras")) == first)
    }

    @Test func `several models are saved and loaded at the same time`() async throws {
        let scratch = try Scratch()
        let paths = loadable.indices.map { scratch.path("\($0).keras") }
        try await withThrowingTaskGroup { group in
            for (name, path) in zip(loadable, paths) {
                group.addTask {
                    let model = try Model.load(Fixtures.path(name))
                    for _ in 0..<20 { try model.save(path) }
                }
            }
            try await group.waitForAll()
        }
        for (name, path) in zip(loadable, paths) {
            try expectSame(try Model.load(path), try Model.load(Fixtures.path(name)))
        }
    }

    @Test func `a sequential model built in Swift`() throws {
        let model = try Sequential(input: [6, 6, 2], name: "built", seed: 3) {
            Rescaling(0.5, offset: -1)
            Conv2D(3, kernelSize: [3, 2], strides: [2, 1], padding: .same, activation: .tanh, useBias: false)
            MaxPooling2D(poolSize: [2, 2], strides: [1, 1], padding: .same)
            ReLU(maxValue: 6, negativeSlope: 0.1, threshold: 0.2)
            Dropout(0.3)
            Reshape([-1, 3])
            Dense(4, activation: .sigmoid)
            Flatten()
            Dense(3, useBias: false)
            Activation(.linear)
            Softmax()
        }
        try model.compile(
            optimizer: SGD(learningRate: 0.1, momentum: 0.5, nesterov: true),
            loss: SparseCategoricalCrossentropy(), metrics: [.accuracy])
        try expectSurvives(model)
    }

    @Test func `two outputs from one trunk`() throws {
        let input = Input(5, name: "measured")
        let trunk = try Dense(7, activation: .relu, name: "trunk")(input)
        // The first output is the deeper one: Keras numbers weights by depth, not by the order of outputs.
        let deep = try Dense(2, name: "deep_end")(try Dense(4, activation: .tanh, name: "deep")(trunk))
        let shallow = try Dense(3, activation: .softmax, name: "shallow")(trunk)
        try expectSurvives(try Model(inputs: [input], outputs: [deep, shallow], name: "forked", seed: 1))
        let model = try Model(inputs: [input], outputs: [shallow, deep], name: "forked_too", seed: 2)
        try expectSurvives(model)
    }

    @Test func `a layer that is used twice keeps one set of weights`() throws {
        let input = Input(4)
        let shared = Dense(4, activation: .tanh, name: "shared")
        let output = try Dense(2)(try shared(try shared(input)))
        let model = try Model(inputs: [input], outputs: [output], seed: 5)
        #expect(model.weights.count == 4)
        try expectSurvives(model)
    }

    @Test func `a frozen layer stays frozen, and the state of the others stays theirs`() throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixtures.path("models/trained-adam.keras"))
        model.setTrainable(false) { $0 == "dense" }
        try model.save(scratch.path("frozen.keras"))
        let loaded = try Model.load(scratch.path("frozen.keras"))
        #expect(loaded.layers.map(\.isTrainable) == [false, true])
        try expectSame(loaded, model, slotsOf: { $0.layer.isTrainable })
    }

    @Test func `training goes on as if it had not been saved`() throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixtures.path("models/trained-adam.keras"))
        let batch = try Batch(
            x: det([8, 6], 0.3, 1), shape: [6], y: (0..<24).map { $0 % 3 == $0 / 3 % 3 ? 1 : 0 }, targetShape: [3])
        try model.save(scratch.path("saved.keras"))
        let loaded = try Model.load(scratch.path("saved.keras"))
        for _ in 0..<3 { #expect(try loaded.trainOnBatch(batch) == model.trainOnBatch(batch)) }
        try expectSame(loaded, model)
    }

    @Test func `an output that cannot be created`() throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixtures.path("models/uncompiled.keras"))
        let error = #expect(throws: KerasFileError.self) { try model.save(scratch.path("absent/model.keras")) }
        #expect(error?.kind == .cannotCreate)
        #expect(error?.description.contains("absent/model.keras") == true)
    }

    @Test func `floats keep their point, for Keras refuses a whole learning rate`() throws {
        let scratch = try Scratch()
        let model = try Model.load(Fixtures.path("models/sgd-mse.keras"))
        model.learningRate = 1
        try model.save(scratch.path("saved.keras"))
        let text = String(decoding: try configuration(scratch.path("saved.keras")), as: UTF8.self)
        #expect(text.contains("\"learning_rate\": 1.0"))
    }

    // MARK: Helpers

    private func configuration(_ path: String) throws -> [UInt8] {
        try #require(try ZipArchive.read("config.json", from: path))
    }

    private func configuration(of model: Model, in scratch: Scratch) throws -> [UInt8] {
        try model.save(scratch.path("configuration.keras"))
        return try configuration(scratch.path("configuration.keras"))
    }

    private func expectSurvives(_ model: Model, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let scratch = try Scratch()
        try model.save(scratch.path("built.keras"))
        let loaded = try Model.load(scratch.path("built.keras"))
        try expectSame(loaded, model, sourceLocation: sourceLocation)
        #expect(
            try configuration(scratch.path("built.keras")) == configuration(of: loaded, in: scratch),
            sourceLocation: sourceLocation)
    }
}

/// Expects the same layers, weights, compilation, optimizer state and predictions.
func expectSame(
    _ found: Model, _ expected: Model, slotsOf hasSlots: (Model.Parameter) -> Bool = { _ in true },
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(found.name == expected.name, sourceLocation: sourceLocation)
    #expect(found.form == expected.form, sourceLocation: sourceLocation)
    #expect(found.layers.map(\.name) == expected.layers.map(\.name), sourceLocation: sourceLocation)
    #expect(found.layerSummary.map(\.shape) == expected.layerSummary.map(\.shape), sourceLocation: sourceLocation)
    #expect(found.inputs.map(\.shape) == expected.inputs.map(\.shape), sourceLocation: sourceLocation)
    #expect(found.outputCount == expected.outputCount, sourceLocation: sourceLocation)
    #expect(found.weights.map(\.name) == expected.weights.map(\.name), sourceLocation: sourceLocation)
    #expect(
        found.weights.map { $0.values.map(\.bitPattern) } == expected.weights.map { $0.values.map(\.bitPattern) },
        sourceLocation: sourceLocation)
    #expect(found.iterations == expected.iterations, sourceLocation: sourceLocation)
    #expect(found.learningRate == expected.learningRate, sourceLocation: sourceLocation)
    let (compiled, wanted) = (found.compilation?.outputs, expected.compilation?.outputs)
    #expect(compiled?.map { $0.loss?.name } == wanted?.map { $0.loss?.name }, sourceLocation: sourceLocation)
    #expect(compiled?.map(\.lossWeight) == wanted?.map(\.lossWeight), sourceLocation: sourceLocation)
    #expect(
        compiled?.map { $0.metrics.map(\.name) } == wanted?.map { $0.metrics.map(\.name) },
        sourceLocation: sourceLocation)
    #expect(found.store.slotCount == expected.store.slotCount, sourceLocation: sourceLocation)
    for index in expected.parameters.indices where hasSlots(expected.parameters[index]) {
        for slot in 0..<expected.store.slotCount {
            #expect(
                found.slot(slot, at: index).map(\.bitPattern) == expected.slot(slot, at: index).map(\.bitPattern),
                sourceLocation: sourceLocation)
        }
    }
    let shape = expected.inputs[0].shape
    let batch = try Batch(inputs: [ArrayColumn("x", det(shape.prepending(3), 0.2, 2), rowShape: shape)])
    #expect(try found.predictOnBatch(batch) == expected.predictOnBatch(batch), sourceLocation: sourceLocation)
}
