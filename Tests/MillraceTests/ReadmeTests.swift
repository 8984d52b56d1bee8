import Millrace
import TestSupport
import Testing

/// The programs of the README and of the documentation's landing page, so that they stay true.
@Suite struct ReadmeTests {
    @Test func `the README's program learns the digits`() throws {
        let source = try HDF5Source(Fixtures.path("digits-train.h5"))
        let test = try HDF5Source(Fixtures.path("digits-test.h5"))

        let model = try Sequential(input: [8, 8]) {
            Rescaling(1.0 / 16)
            Flatten()
            Dense(64, activation: .relu)
            Dense(10, activation: .softmax)
        }
        try model.compile(
            optimizer: .adam(learningRate: 1e-3), loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
        try model.fit(
            source, epochs: 10, batchSize: 32, validation: test, memory: .cap(.gibibytes(8)), callbacks: [])

        let stream = try source.batches(of: 32, seed: 7)
        while let batch = try stream.next() {
            let logs = try model.trainOnBatch(batch)
            if logs.loss.isNaN { break }
        }
        #expect(try model.evaluate(test)["accuracy"] ?? 0 > 0.9)
    }

    @Test func `a functional model is connected by calling its layers`() throws {
        let input = Input(8, 8, name: "pixels")
        let flat = try Flatten()(Rescaling(1.0 / 16)(input))
        let output = try Dense(10, activation: .softmax)(Dense(16, activation: .relu)(flat))
        let model = try Model(inputs: [input], outputs: [output], name: "small")
        #expect(model.parameterCount == 64 * 16 + 16 + 16 * 10 + 10)
        try model.compile(optimizer: .sgd(learningRate: 0.1, momentum: 0.9), loss: .sparseCategoricalCrossentropy)
        let history = try model.fit(
            HDF5Source(Fixtures.path("digits-train.h5")), epochs: 3, batchSize: 64, callbacks: [])
        #expect(history["loss"][2] < history["loss"][0])
    }
}
