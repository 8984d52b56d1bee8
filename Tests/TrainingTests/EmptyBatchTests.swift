import DataSource
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Batches that no step can be made of.
@Suite struct EmptyBatchTests {
    private func model() throws -> Model {
        let model = try Sequential(input: [4], seed: 1) { Dense(3, activation: .softmax) }
        try model.compile(optimizer: .sgd(), loss: .sparseCategoricalCrossentropy)
        return model
    }

    @Test func `an empty batch is an error of training, of testing and of predicting`() throws {
        let model = try model()
        let empty = try Batch(x: [], shape: [4], y: [Int32]())
        let weights = model.weights.map(\.values)
        let runs: [() throws -> Void] = [
            { _ = try model.trainOnBatch(empty) }, { _ = try model.testOnBatch(empty) },
            { _ = try model.predictOnBatch(empty) },
        ]
        for run in runs {
            let error = #expect(throws: TrainingError.self) { try run() }
            #expect(error?.description.contains("the batch is empty") == true, "\(error?.description ?? "")")
        }
        #expect(model.weights.map(\.values) == weights && model.iterations == 0)
    }

    @Test func `columns of different numbers of rows are named`() {
        let error = #expect(throws: DataError.self) {
            _ = try Batch(
                inputs: [ArrayColumn("pixels", [1, 2, 3, 4] as [Float], rowShape: [2])],
                targets: [ArrayColumn("label", [0, 1, 0] as [Int32])])
        }
        #expect(error?.kind == .usage)
        #expect(error?.description.contains("pixels 2, label 3") == true, "\(error?.description ?? "")")
    }
}
