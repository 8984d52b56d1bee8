import DataSource
import Foundation
import Memory
import NeuralNetwork
import Testing
import Training

/// A directory of checkpoints; removed with its owner.
final class CheckpointScratch {
    let directory = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false) }
    deinit { try? FileManager.default.removeItem(at: directory) }

    var path: String { directory.path }

    /// The checkpoints, the oldest first.
    var files: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: path).filter { $0.hasSuffix("s") }.sorted() }
    }

    func url(_ name: String) -> URL { directory.appending(path: name) }

    /// Goes on from what is there, and says nothing.
    func resuming() -> Checkpointing {
        var checkpointing = Checkpointing(path, resumes: true)
        checkpointing.observe = { _ in }
        return checkpointing
    }
}

/// What a run did, to the bit.
struct RunOutcome: Equatable {
    var weights: [[UInt32]] = []
    /// Of every batch and every epoch: its number and figures.
    var lines: [Line] = []
    var history: [String: [UInt64]] = [:]
    var epochs: [Int] = []

    struct Line: Equatable {
        let batch: Int
        let figures: [UInt64]
    }
}

/// A run that can be repeated, ended and resumed.
struct ResumeCase {
    let settings: FitSettings
    let source: any Source
    let validation: (any Source)?
    let make: () throws -> Model
    var isMeddling = false
    /// Of each run anew.
    var callbacks: () throws -> [any Callback] = { [] }
    /// Takes the place of `fit`.
    var loop: ((Model, [any Callback], Checkpointing?) throws -> History)?

    static var settings: FitSettings {
        var settings = FitSettings()
        settings.epochs = 3
        settings.batchSize = 8
        settings.seed = 7
        settings.windowBytes = 600
        return settings
    }

    init(_ settings: FitSettings, source: any Source, validation: (any Source)?, make: @escaping () throws -> Model) {
        self.settings = settings
        self.source = source
        self.validation = validation
        self.make = make
    }

    /// A model with dropout and with statistics of batches, on rows of six numbers.
    init(_ optimizer: any Optimizer, _ settings: FitSettings, isMeddling: Bool = false) throws {
        self.init(settings, source: Self.rows(52, seed: 1), validation: Self.rows(20, seed: 2)) {
            let model = try Sequential(input: [6]) {
                Dense(20, activation: .relu)
                Dropout(0.3)
                BatchNormalization()
                Dense(3, activation: .softmax)
            }
            try model.compile(
                optimizer: optimizer, loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
            return model
        }
        self.isMeddling = isMeddling
    }

    static func rows(_ count: Int, seed: UInt64) -> ArraySource {
        var random = SplitMix64(seed: seed, epoch: 0, purpose: 1)
        let x = (0..<count * 6).map { _ in Float(random.next() >> 40) / Float(1 << 23) - 1 }
        let y = (0..<count).map { row in Int32(x[row * 6] > 0 ? 2 : x[row * 6 + 1] > 0 ? 1 : 0) }
        return ArraySource(
            inputs: [ArrayColumn("x", x, rowShape: [6])], targets: [ArrayColumn("y", y)], rowsPerBlock: 5)
    }

    /// Images of 6 x 6, whose classes are the place of a bright stripe.
    static func images(rows: Int) -> ArraySource {
        var random = SplitMix64(seed: 9, epoch: 0, purpose: 1)
        let x = (0..<rows * 36).map { place in
            Float(random.next() >> 40) / Float(1 << 24) + (place % 36 / 12 == place / 36 % 3 ? 0.5 : 0)
        }
        return ArraySource(
            inputs: [ArrayColumn("x", x, rowShape: [6, 6, 1])],
            targets: [ArrayColumn("y", (0..<rows).map { Int32($0 % 3) })], rowsPerBlock: 7)
    }

    static func sequences(rows: Int) -> ArraySource {
        var random = SplitMix64(seed: 5, epoch: 0, purpose: 1)
        let x = (0..<rows * 12).map { _ in Float(random.next() >> 40) / Float(1 << 23) - 1 }
        return ArraySource(
            inputs: [ArrayColumn("x", x, rowShape: [4, 3])],
            targets: [ArrayColumn("y", (0..<rows).map { Int32(x[$0 * 12] > 0 ? 1 : 0) })], rowsPerBlock: 8)
    }

    /// Trains to the end.
    func run(_ checkpointing: Checkpointing?, workers: Int? = nil) throws -> RunOutcome {
        let model = try make()
        var settings = settings
        settings.checkpointing = checkpointing
        if let workers { settings.decodeWorkers = workers }
        let recorder = Recorder()
        let callbacks: [any Callback] = try self.callbacks() + (isMeddling ? [Meddler(), recorder] : [recorder])
        let history =
            try loop?(model, callbacks, checkpointing)
            ?? model.fit(
                source, validation: validation, settings, model.plan(source, validation: validation, settings),
                callbacks: callbacks)
        for name in history.names { recorder.outcome.history[name] = history[name].map(\.bitPattern) }
        recorder.outcome.epochs = history.epochs
        recorder.outcome.weights = (0..<model.parameters.count).map { model.weights(at: $0).map(\.bitPattern) }
        return recorder.outcome
    }

    /// Expects the same outcome from every checkpoint, or every few, of a run.
    func check(every stride: Int = 1, resumedWorkers: Int? = nil) throws {
        let whole = try run(nil)
        let all = try CheckpointScratch()
        let first = try run(Checkpointing(all.path, interval: .updates(1), keep: 10_000))
        #expect(first == whole, "a run that writes checkpoints is another one")
        let files = try all.files
        #expect(files.count >= 6)
        for (index, file) in files.enumerated() where index % stride == 0 || index == files.count - 1 {
            let scratch = try CheckpointScratch()
            try FileManager.default.copyItem(at: all.url(file), to: scratch.url(file))
            var rest = try run(scratch.resuming(), workers: resumedWorkers)
            // What came after the checkpoint comes once more.
            rest.lines = whole.lines.filter { $0.batch < rest.lines.first?.batch ?? .max } + rest.lines
            #expect(rest.weights == whole.weights, "\(file)")
            #expect(rest.history == whole.history && rest.epochs == whole.epochs, "\(file)")
            #expect(rest.lines == whole.lines, "\(file)")
        }
    }

    /// Keeps what every batch and epoch reports. Remembers how many there were.
    private final class Recorder: Callback {
        var outcome = RunOutcome()
        private var batches = 0

        func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) {
            batches += 1
            let figures = report.logs.all.map(\.value) + [report.batchLoss, Double(report.learningRate)]
            add(2 * batches, [Double(report.epoch), Double(report.step), Double(report.samples)] + figures)
        }

        func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) {
            add(2 * batches + 1, [Double(report.epoch), Double(report.samples)] + report.figures.map(\.value))
        }

        private func add(_ batch: Int, _ figures: [Double]) {
            outcome.lines.append(.init(batch: batch, figures: figures.map(\.bitPattern)))
        }

        var state: CallbackState { CallbackState(numbers: ["batches": Double(batches)]) }
        func restore(_ state: CallbackState) { batches = Int(state.numbers["batches"]!) }
    }

    /// Does what callbacks may do: follows the validation, lowers the rate, freezes a layer, stops early, keeps
    /// arrays, and leaves gradients waiting.
    private final class Meddler: Callback {
        private var best = Double.infinity
        private var waits = 0
        private var kept: [Float] = []

        func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws {
            guard report.step == 3 else { return }
            let x: [Float] = [0.1, 0.2, -0.3, 0.4, 0.5, 0.6]
            try run.model.trainOnBatch(try Batch(x: x, shape: [6], y: [1]), accumulate: true)
        }

        func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) {
            report.add("best", best)
            if report["val_loss"]! < best - 0.02 {
                best = report["val_loss"]!
                kept = run.model.weights[0].values
            } else {
                waits += 1
                run.model.learningRate! *= 0.5
            }
            if report.epoch == 2 {
                for layer in run.model.layers where layer.name == "dense" { layer.isTrainable = false }
            }
            if report.epoch == 4 { run.stop() }
        }

        func trainDidEnd(_ run: TrainingRun) throws {
            var weights = run.model.weights.map(\.values)
            weights[0] = kept
            try run.model.setWeights(weights)
        }

        var state: CallbackState {
            CallbackState(numbers: ["best": best, "waits": Double(waits)], arrays: kept.isEmpty ? [:] : ["kept": kept])
        }

        func restore(_ state: CallbackState) {
            best = state.numbers["best"]!
            waits = Int(state.numbers["waits"]!)
            kept = state.arrays["kept"] ?? []
        }
    }
}
