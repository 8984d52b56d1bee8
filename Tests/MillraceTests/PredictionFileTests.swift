import Foundation
import HDF5Store
import Millrace
import TestSupport
import Testing

@Suite struct PredictionFileTests {
    private func temporary(_ body: (String) throws -> Void) throws {
        let directory = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(directory.path)
    }

    @Test func `the file holds what predict gives, one dataset an output`() throws {
        let source = try HDF5Source(Fixtures.path("digits-test.h5"))
        let input = Input(8, 8)
        let flat = try Flatten()(input)
        let model = try Model(
            inputs: [input],
            outputs: [Dense(3, name: "first")(flat), Dense(2, activation: .tanh, name: "second")(flat)])
        try temporary { directory in
            let path = directory + "/out.h5"
            let datasets = try model.predict(source, to: path, batchSize: 50, memory: .cap(.gibibytes(8)))
            #expect(datasets.map(\.name) == ["first", "second"])
            #expect(datasets.map(\.shape) == [[360, 3], [360, 2]])
            let file = try HDF5File(path: path)
            let expected = try model.predictAll(source)
            for (dataset, values) in zip(datasets, expected) {
                let found = try file.readFloats(dataset.name)
                #expect(found.count == values.count && zip(found, values).allSatisfy { abs($0 - $1) < 1e-6 })
            }
        }
    }

    @Test func `what is interrupted or cannot be written leaves nothing`() throws {
        let source = try HDF5Source(Fixtures.path("digits-test.h5"))
        let model = try Model.load(Fixtures.path("digits-mlp.keras"))
        try temporary { directory throws in
            let stopping = LambdaCallback(predictionBatchDidEnd: { $0.interrupt() })
            #expect(try model.predict(source, to: directory + "/out.h5", callbacks: [stopping]).isEmpty)
            #expect(throws: (any Error).self) { try model.predict(source, to: directory + "/none/out.h5") }
            #expect(try FileManager.default.contentsOfDirectory(atPath: directory).isEmpty)
        }
    }
}
