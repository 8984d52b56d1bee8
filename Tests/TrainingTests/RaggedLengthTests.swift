import DataSource
import Foundation
import Memory
import NeuralNetwork
import Shards
import Testing
import Training

/// Rows of different lengths, as long as the longest of their batch, feed models of any length.
@Suite struct RaggedLengthTests {
    /// Row i holds 1 + i % 5 pairs of numbers, and a label.
    private static let rows = 24

    private static func row(_ index: Int) -> [Float] { (0..<2 * (1 + index % 5)).map { sin(Float($0 + 3 * index)) } }

    private func write(_ path: String) throws {
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
        let chunk = RowChunk([ShardColumn(ragged: "x", .float32, elementShape: [2]), ShardColumn("y", .float32)])
        for index in 0..<Self.rows {
            Self.row(index).withUnsafeBytes { chunk.append($0, column: 0) }
            [Float(index % 3)].withUnsafeBytes { chunk.append($0, column: 1) }
            chunk.endRow()
        }
        let schema = try ShardSchema(chunk.columns, isShuffled: nil, blockRows: 8)
        let (encoder, block) = (BlockEncoder(schema, level: 3), EncodedBlock())
        var manifest = ShardManifest(
            schema: schema, shards: [], statistics: schema.columns.map { ShardColumnStatistics($0) })
        let writer = try ShardFileWriter(
            path: path + "/" + ShardFormat.fileName(shard: 0), schema: schema, shard: 0)
        for start in stride(from: 0, to: Self.rows, by: 8) {
            try encoder.encode(start..<start + 8, of: chunk, into: block)
            for column in schema.columns.indices { manifest.statistics[column].merge(block.statistics[column]) }
            try writer.append(block)
        }
        manifest.shards.append(try writer.finish())
        try manifest.write(directory: path)
    }

    /// The last state of a masked recurrence does not depend on how far rows are padded.
    private func model(_ input: LayerOutput) throws -> Model {
        let model = try Sequential(input, seed: 4) {
            Masking()
            LSTM(3)
            Dense(1)
        }
        try model.compile(optimizer: .sgd(learningRate: 0.05), loss: .meanSquaredError)
        return model
    }

    @Test func `padding to the longest of a batch is padding to the longest of all, where it is masked`() throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "ragged-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try write(path)
        let longest = try ShardSource(path, x: "x", y: "y", padding: ["x": .longest])
        let fixed = try ShardSource(path, x: "x", y: "y", padding: ["x": .to(5)])
        let (open, closed) = (try model(Input(nil, 2)), try model(Input(5, 2)))
        let found = try open.fit(longest, epochs: 2, batchSize: 3, shuffle: .window, seed: 3, callbacks: [])
        let expected = try closed.fit(fixed, epochs: 2, batchSize: 3, shuffle: .window, seed: 3, callbacks: [])
        #expect(found["loss"].count == 2 && expected["loss"].count == 2)
        #expect(zip(found["loss"], expected["loss"]).allSatisfy { abs($0 - $1) < 1e-5 })
        let (a, b) = (try open.predict(longest, batchSize: 3), try closed.predict(fixed, batchSize: 3))
        #expect(a.count == Self.rows && b.count == Self.rows && zip(a, b).allSatisfy { abs($0 - $1) < 1e-5 })
        // A model of one length says what to do, and predictions as long as their rows have no shape in common.
        let refused = #expect(throws: TrainingError.self) { try closed.fit(longest, batchSize: 3, callbacks: []) }
        #expect(refused?.description.contains("pad them to one length") == true)
        let steps = try Sequential(Input(nil, 2)) { Dense(1) }
        let ragged = #expect(throws: TrainingError.self) { try steps.predict(longest, batchSize: 3) }
        #expect(ragged?.description.contains("no shape in common") == true)
    }
}
