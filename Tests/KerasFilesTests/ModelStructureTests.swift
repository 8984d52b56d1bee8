import DataSource
import Foundation
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Models of models, with several inputs and outputs, and what files make of them.
@Suite struct ModelStructureTests {
    /// Two inputs, a model that is used twice, operations between layers, two outputs.
    private func branched() throws -> Model {
        let (a, b) = (Input(4, name: "a"), Input(4, name: "b"))
        let block = try Sequential(input: [4], name: "block") {
            Dense(3, activation: .tanh, name: "first")
            Dense(4)
        }
        let point = Input(4)
        let forked = try Model(
            inputs: [point], outputs: [Dense(2, name: "left")(point), Dense(3, name: "right")(point)], name: "forked")
        let twice = try block(block(a))
        let sum = try OperationLayer(.add)(twice, b)
        let shifted = try OperationLayer(.subtract).connected(number: 1.5, first: true, sum)
        let ends = try forked([shifted])
        return try Model(inputs: [a, b], outputs: [ends[1], Dense(2, name: "own")(ends[0])], name: "outer", seed: 3)
    }

    private func predictions(_ model: Model) throws -> [[Float]] {
        let columns = model.inputs.enumerated().map { index, input in
            ArrayColumn(input.name, det(input.shape.prepending(3), Double(index), 1), rowShape: input.shape)
        }
        return try model.predictAllOnBatch(try Batch(inputs: columns))
    }

    @Test func `a model computes what its layers compute one by one`() throws {
        let model = try branched()
        let weights = Dictionary(uniqueKeysWithValues: model.weights.map { ($0.name, $0.values) })
        func dense(_ x: [Float], _ path: String) -> [Float] {
            let (kernel, bias) = (weights["\(path)/kernel"]!, weights["\(path)/bias"]!)
            return bias.indices.map { unit in
                zip(x, stride(from: unit, to: kernel.count, by: bias.count)).reduce(bias[unit]) {
                    $0 + $1.0 * kernel[$1.1]
                }
            }
        }
        func block(_ x: [Float]) -> [Float] {
            dense(dense(x, "block/first").map { Float(tanh(Double($0))) }, "block/dense")
        }
        let (a, b) = (det([3, 4], 0, 1), det([3, 4], 1, 1))
        var expected: [[Float]] = [[], []]
        for row in 0..<3 {
            let twice = block(block(Array(a[row * 4..<row * 4 + 4])))
            let shifted = zip(twice, b[row * 4..<row * 4 + 4]).map { 1.5 - ($0 + $1) }
            expected[0] += dense(shifted, "forked/right")
            expected[1] += dense(dense(shifted, "forked/left"), "own")
        }
        let found = try predictions(model)
        #expect(distance(found[0], expected[0]) < 1e-6)
        #expect(distance(found[1], expected[1]) < 1e-6)
    }

    @Test func `parameters are Keras's paths, each once, in the order of the layers`() throws {
        #expect(
            try branched().weights.map(\.name) == [
                "block/first/kernel", "block/first/bias", "block/dense/kernel", "block/dense/bias",
                "forked/left/kernel",
                "forked/left/bias", "forked/right/kernel", "forked/right/bias", "own/kernel", "own/bias",
            ])
    }

    @Test func `saved and loaded, the structure is the same`() throws {
        let scratch = try Scratch()
        let model = try branched()
        try model.save(scratch.path("first.keras"))
        let loaded = try Model.load(scratch.path("first.keras"))
        try loaded.save(scratch.path("second.keras"))
        #expect(try bytes(scratch.path("first.keras")) == bytes(scratch.path("second.keras")))
        #expect(loaded.weights.map(\.name) == model.weights.map(\.name))
        #expect(loaded.layers.map(\.kind) == model.layers.map(\.kind))
        #expect(try predictions(loaded) == predictions(model))
        // A model within it predicts with the weights that were loaded.
        let inner = try #require(loaded.layers.first { $0.name == "block" } as? Model)
        let original = try #require(model.layers.first { $0.name == "block" } as? Model)
        #expect(try predictions(inner) == predictions(original))
    }

    @Test func `a frozen model freezes its layers, a pattern reaches them`() throws {
        let model = try branched()
        func trained() -> [String] {
            model.parameters.indices.filter { model.parameters[$0].isTrainable }.map { model.store.entries[$0].name }
        }
        model.layers.first { $0.name == "block" }!.isTrainable = false
        #expect(trained().allSatisfy { !$0.hasPrefix("block/") } && trained().count == 6)
        model.setTrainable(false) { $0 == "left" || $0 == "own" }
        #expect(trained() == ["forked/right/kernel", "forked/right/bias"])
        let scratch = try Scratch()
        try model.save(scratch.path("frozen.keras"))
        let loaded = try Model.load(scratch.path("frozen.keras"))
        #expect(loaded.parameters.filter(\.isTrainable).map(\.path) == trained())
    }

    @Test func `weights of a model go with it into another one`() throws {
        let base = try Sequential(input: [4], seed: 9) { Dense(3) }
        let model = try Sequential(input: [4], seed: 5) {
            base
            Dense(2)
        }
        #expect(model.weights[0].values == base.weights[0].values)
        #expect(model.weights.map(\.name).prefix(2) == ["sequential/dense/kernel", "sequential/dense/bias"])
    }

    @Test func `layers with several inputs are ordered as in Keras`() throws {
        // Keras 3.15 has these as model.operations, the inputs left out.
        let (a, b) = (Input(2, name: "a"), Input(2, name: "b"))
        let b1 = try Dense(2, name: "b1")(b)
        let a2 = try Dense(2, name: "a2")(try Dense(2, name: "a1")(a))
        let joined = try OperationLayer(.multiply, name: "join")(b1, a2)
        let model = try Model(inputs: [a, b], outputs: [Dense(1, name: "last")(joined)])
        #expect(model.layers.map(\.name) == ["a1", "b1", "a2", "join", "last"])
    }

    @Test func `whole numbers reach an input of whole numbers, and predictions are floats`() throws {
        let input = Input(2, type: .int32)
        let model = try Model(inputs: [input], outputs: [input])
        let column = ArrayColumn("x", [16_777_217, -2_147_483_648, 3, 2_147_483_647] as [Int32], rowShape: [2])
        #expect(throws: TrainingError.self) { try model.predictOnBatch(try Batch(inputs: [column])) }
        let values = try model.predictOnBatch(try Batch(inputs: [column], inputTypes: [.int32]))
        #expect(values == [16_777_216, -2_147_483_648, 3, 2_147_483_648])
    }
}

extension OperationLayer {
    /// Behind a tensor and a number, the number in front or not.
    fileprivate func connected(number: Double, first: Bool, _ tensor: LayerOutput) throws -> LayerOutput {
        let values = [CallArgument(nil, .number(number)), CallArgument(nil, .tensor(tensor))]
        return try connected(to: first ? values : values.reversed())[0]
    }
}
