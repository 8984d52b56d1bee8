import DataSource
import Foundation
import KerasFiles
import Memory
import NeuralNetwork
import Testing
import Training

/// Models whose samples have other extents from batch to batch: the same as models of those extents.
@Suite struct OpenAxesTests {
    private static func values(_ count: Int) -> [Float] { (0..<count).map { sin(Float($0) * 0.7) } }

    /// A number for each step, from what both directions saw.
    private func steps(_ input: LayerOutput) throws -> Model {
        let model = try Sequential(input, name: "steps", seed: 5) {
            Conv1D(4, kernel: 3, padding: .same, activation: .relu)
            Bidirectional(LSTM(3, returnSequences: true))
            Dense(1)
        }
        try model.compile(
            optimizer: .sgd(learningRate: 0.1), loss: .meanSquaredError, metrics: [RootMeanSquaredError()])
        return model
    }

    private func batch(rows: Int, length: Int) throws -> Batch {
        try Batch(
            x: Self.values(rows * length * 2), shape: [length, 2], y: Self.values(rows * length),
            targetShape: [length, 1])
    }

    @Test func `batches of several lengths train and predict as models of one length do`() throws {
        let open = try steps(Input(nil, 2))
        for (round, length) in [5, 9, 5, 1, 12].enumerated() {
            let fixed = try steps(Input(length, 2))
            try fixed.setWeights(open.weights.map(\.values))
            let batch = try batch(rows: 3 + round % 2, length: length)
            #expect(try open.predictOnBatch(batch) == fixed.predictOnBatch(batch))
            let (found, expected) = (try open.trainOnBatch(batch), try fixed.trainOnBatch(batch))
            #expect(found.loss == expected.loss)
            #expect(open.weights.map(\.values) == fixed.weights.map(\.values))
        }
    }

    @Test func `images of any size`() throws {
        func model(_ input: LayerOutput) throws -> Model {
            let model = try Sequential(input, seed: 2) {
                Conv2D(3, kernelSize: [3, 3], strides: [1, 1], padding: .valid, activation: .relu)
                MaxPooling2D()
                BatchNormalization()
                GlobalAveragePooling2D()
                Dense(4)
            }
            try model.compile(optimizer: .sgd(), loss: .sparseCategoricalCrossentropy(fromLogits: true))
            return model
        }
        let open = try model(Input(nil, nil, 2))
        for (height, width) in [(6, 7), (11, 4), (20, 20)] {
            let source = ArraySource(
                inputs: [ArrayColumn("x", Self.values(10 * height * width * 2), rowShape: [height, width, 2])],
                targets: [ArrayColumn("y", (0..<10).map { Int64($0 % 4) })])
            let fixed = try model(Input(height, width, 2))
            try fixed.setWeights(open.weights.map(\.values))
            let history = try open.fit(source, batchSize: 4, callbacks: [])
            #expect(try history["loss"] == fixed.fit(source, batchSize: 4, callbacks: [])["loss"])
            #expect(try open.predict(source, batchSize: 4) == fixed.predict(source, batchSize: 4))
            #expect(try open.evaluate(source, batchSize: 4).loss == fixed.evaluate(source, batchSize: 4).loss)
        }
    }

    @Test func `what does not fit is refused`() throws {
        let open = try steps(Input(nil, 2))
        let narrow = try Batch(x: Self.values(12), shape: [4, 3], y: Self.values(4), targetShape: [4, 1])
        let error = #expect(throws: TrainingError.self) { try open.trainOnBatch(narrow) }
        #expect(error?.description.contains("(None, 2)") == true, "\(error.map(\.description) ?? "")")
        // Targets as long as another batch's.
        let short = try Batch(x: Self.values(16), shape: [8, 2], y: Self.values(7), targetShape: [7, 1])
        #expect(throws: TrainingError.self) { try open.trainOnBatch(short) }
        let images = try Sequential(Input(nil, nil, 1)) {
            Conv2D(2, kernelSize: [5, 5], strides: [1, 1], padding: .valid)
            GlobalMaxPooling2D()
        }
        let small = try Batch(x: Self.values(18), shape: [3, 3, 1], y: Self.values(4), targetShape: [2])
        let tooSmall = #expect(throws: (any Error).self) { try images.predictOnBatch(small) }
        #expect("\(tooSmall.map { "\($0)" } ?? "")".contains("conv2d"))
        let flat = try Sequential(Input(nil, 2)) {
            Flatten()
            Dense(1)
        }
        let other = try Batch(x: Self.values(16), shape: [8, 2], y: Self.values(1))
        let weight = #expect(throws: (any Error).self) { try flat.predictOnBatch(other) }
        #expect("\(weight.map { "\($0)" } ?? "")".contains("a weight cannot follow an open axis"))
        let inner = try Sequential(Input(3, nil)) {
            TimeDistributed(Dense(1))
            GlobalAveragePooling1D()
        }
        let rows = try Batch(x: Self.values(24), shape: [3, 8], y: Self.values(1))
        let within = #expect(throws: (any Error).self) { try inner.predictOnBatch(rows) }
        #expect("\(within.map { "\($0)" } ?? "")".contains("a weight cannot follow an open axis"))
    }

    @Test func `a summary shows which extents are open`() throws {
        let model = try Sequential(Input(nil, nil, 3)) {
            Conv2D(16, kernel: 3)
            CenterCrop(5, 6)
            MaxPooling2D()
            GlobalAveragePooling2D()
            Dense(2)
        }
        #expect(
            model.layerSummary.map(\.extentsText) == [
                "(None, None, 16)", "(5, 6, 16)", "(2, 3, 16)", "(16,)", "(2,)",
            ])
        #expect(model.layerSummary[0].extents == [nil, nil, 16])
        #expect(model.inputs[0].extentsText == "(None, None, 3)")
        #expect(try steps(Input(nil, 2)).layerSummary.map(\.extentsText) == ["(None, 4)", "(None, 6)", "(None, 1)"])
        #expect(try steps(Input(7, 2)).layerSummary.map(\.extentsText) == ["(7, 4)", "(7, 6)", "(7, 1)"])
        let numbers = try Sequential(Input(nil)) { ReLU() }
        #expect(numbers.layerSummary.map(\.extentsText) == ["(None,)"])
    }

    @Test func `open axes are saved and loaded`() throws {
        let open = try steps(Input(nil, 2))
        let path = FileManager.default.temporaryDirectory.appending(path: "open-\(UUID().uuidString).keras").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try open.save(path)
        let loaded = try Model.load(path)
        #expect(loaded.inputs[0].extents == [nil, 2])
        let batch = try batch(rows: 2, length: 7)
        #expect(try loaded.predictOnBatch(batch) == open.predictOnBatch(batch))
    }
}
