import DataSource
import Foundation
import JSONText
import Memory
import NeuralNetwork
import TestSupport
import Training

/// The model w · x, w = 1, of the reference values of callbacks, and reports of given figures.
enum CallbackHarness {
    static func model(rate: Float = 0.1) throws -> Model {
        let model = try Sequential(input: [1]) { Dense(1, useBias: false) }
        try model.setWeights([[1]])
        try model.compile(optimizer: .sgd(learningRate: rate), loss: .meanSquaredError)
        return model
    }

    static func weight(_ model: Model) -> Float { model.weights[0].values[0] }

    /// Cases of a kind by their names.
    static func cases(_ kind: String) -> [(name: String, golden: JSONValue)] {
        Fixtures.goldens("callbacks").filter { $0.value["kind"]?.stringValue == kind }.map { ($0.key, $0.value) }
    }

    static func golden(_ name: String) -> JSONValue {
        Fixtures.goldens("callbacks").first { $0.key == name }!.value
    }

    static func figures(_ object: JSONValue) -> [(name: String, value: Double)] {
        object.members!.map { ($0.key, $0.value.doubleValue!) }
    }

    /// A report with these figures; those that begin with `val_` are of validation.
    static func report(_ epoch: Int, _ figures: [(name: String, value: Double)], epochs: Int = 100) -> EpochReport {
        func logs(_ figures: [(name: String, value: Double)]) -> Logs {
            let loss = figures.first { $0.name == "loss" }?.value ?? .nan
            return Logs(loss: loss, metrics: figures.filter { $0.name != "loss" })
        }
        let validation = figures.filter { $0.name.hasPrefix("val_") }.map { (String($0.name.dropFirst(4)), $0.value) }
        return EpochReport(
            epoch: epoch, epochs: epochs, steps: 3, logs: logs(figures.filter { !$0.name.hasPrefix("val_") }),
            validation: validation.isEmpty ? nil : logs(validation), samples: 30, seconds: 2,
            data: StreamStatistics(), peakResidentBytes: 1 << 20)
    }

    static func batchReport(
        _ step: Int, of steps: Int, loss: Double = 0.5, batchLoss: Double = 0.25, epoch: Int = 1, seconds: Double = 1
    ) -> BatchReport {
        BatchReport(
            epoch: epoch, epochs: 3, step: step, stepsPerEpoch: steps, logs: Logs(loss: loss), batchLoss: batchLoss,
            learningRate: 0.1, rows: 10, seconds: seconds, waitSeconds: 0.25 * seconds, samples: step * 10)
    }

    static func mode(_ settings: JSONValue) -> Monitor.Mode {
        settings["mode"]?.stringValue.flatMap(Monitor.Mode.init) ?? .auto
    }

    /// Trains on the rows of the reference runs: x 0 to 0.9, y 2x, validation on 3x of the first five.
    @discardableResult
    static func fit(
        _ model: Model, epochs: Int, frequency: ValidationFrequency = .every(1), callbacks: [any Callback],
        initialEpoch: Int = 0
    ) throws -> History {
        let x = (0..<10).map { Float($0) / 10 }
        let source = ArraySource(x: x, shape: [1], y: x.map { 2 * $0 }, targetShape: [1])
        let validation = ArraySource(
            x: Array(x.prefix(5)), shape: [1], y: x.prefix(5).map { 3 * $0 }, targetShape: [1])
        var settings = FitSettings()
        settings.epochs = epochs
        settings.initialEpoch = initialEpoch
        settings.batchSize = 4
        settings.shuffle = .none
        settings.validationFrequency = frequency
        let plan = try model.plan(source, validation: validation, settings)
        return try model.fit(source, validation: validation, settings, plan, callbacks: callbacks)
    }
}

/// A directory that is removed with its owner.
final class Folder {
    private let url = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false) }

    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }

    func bytes(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: url.appending(path: name))) }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }

    /// All files below, by their paths in the directory.
    var files: [String] {
        let all = FileManager.default.enumerator(atPath: url.path)?.compactMap { $0 as? String } ?? []
        return all.filter { name in
            var isDirectory: ObjCBool = false
            return FileManager.default.fileExists(atPath: path(name), isDirectory: &isDirectory)
                && !isDirectory.boolValue
        }.sorted()
    }
}
