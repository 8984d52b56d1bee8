import Foundation
import JSONText
import NeuralNetwork
import Testing
import Training

/// Against Keras's callback: `fixtures/goldens/callbacks.json`.
@Suite struct ModelCheckpointTests {
    static let cases = CallbackHarness.cases("checkpoint").map(\.name)

    private struct NotWritten: Error {}

    private func write(_ model: Model, _ path: String) throws {
        guard FileManager.default.createFile(atPath: path, contents: Data(path.utf8)) else { throw NotWritten() }
    }

    /// The paths that a case saves, in order, with another callback after some epoch.
    private func saved(_ golden: JSONValue, in folder: Folder, handOver: Int?) throws -> [String] {
        let settings = golden["settings"]!
        var saved: [String] = []
        func make() throws -> ModelCheckpoint {
            try ModelCheckpoint(
                folder.path(golden["path"]!.stringValue!), saveBestOnly: settings["save_best_only"]?.boolValue ?? false,
                mode: CallbackHarness.mode(settings),
                frequency: settings["save_freq"]?.integerValue.map { .updates($0) } ?? .epoch,
                initialValueThreshold: settings["initial_value_threshold"]?.doubleValue
            ) { model, path in
                try write(model, path)
                saved.append(String(path.dropFirst(folder.path("x").count - 1)))
            }
        }
        let model = try CallbackHarness.model()
        var callback = try make()
        var run = TrainingRun(model, epochs: 100, callbacks: [callback])
        try run.begin()
        let batches = golden["batches"]!.integerValue!
        for (index, figures) in golden["epochs"]!.arrayValue!.enumerated() {
            if index == handOver {
                let state = callback.state
                callback = try make()
                callback.restore(state)
                run = TrainingRun(model, epochs: 100, initialEpoch: index, callbacks: [callback])
                try run.begin()
            }
            _ = try run.beginEpoch()
            for step in 0..<batches {
                try callback.batchDidEnd(
                    CallbackHarness.batchReport(step + 1, of: batches, epoch: index + 1), run)
            }
            var report = CallbackHarness.report(index + 1, CallbackHarness.figures(figures))
            try callback.epochDidEnd(&report, run)
        }
        return saved
    }

    @Test(arguments: cases) func `saves what Keras saves, also from its state after any epoch`(name: String) throws {
        let golden = CallbackHarness.golden(name)
        let expected = golden["saved"]!.arrayValue!.map { $0.stringValue! }
        for handOver in [nil, 1, 2, 3] {
            let folder = try Folder()
            #expect(try saved(golden, in: folder, handOver: handOver) == expected)
            #expect(folder.files == Array(Set(expected)).sorted())
        }
    }

    @Test func `keeps the newest files and makes directories`() throws {
        let folder = try Folder()
        let callback = try ModelCheckpoint(
            folder.path("a/b/{epoch}.keras"), frequency: .epoch, keepNewest: 2, save: write)
        let run = TrainingRun(try CallbackHarness.model(), epochs: 9, callbacks: [callback])
        try run.begin()
        for _ in 0..<3 where try run.beginEpoch() { try run.endEpoch() }
        #expect(folder.files == ["a/b/2.keras", "a/b/3.keras"])
        // A run that goes on removes what the first part wrote.
        let next = try ModelCheckpoint(folder.path("a/b/{epoch}.keras"), keepNewest: 2, save: write)
        next.restore(callback.state)
        let rest = TrainingRun(run.model, epochs: 9, initialEpoch: 3, callbacks: [next])
        try rest.begin()
        for _ in 0..<1 where try rest.beginEpoch() { try rest.endEpoch() }
        #expect(folder.files == ["a/b/3.keras", "a/b/4.keras"])
    }

    @Test func `the best within epochs goes by the means of training`() throws {
        let folder = try Folder()
        let callback = try ModelCheckpoint(
            folder.path("{epoch}-{batch}.keras"), monitor: "loss", saveBestOnly: true, frequency: .updates(1),
            save: write)
        let run = TrainingRun(try CallbackHarness.model(), epochs: 2, callbacks: [callback])
        try run.begin()
        _ = try run.beginEpoch()
        for (step, loss) in [0.5, 0.6, 0.4].enumerated() {
            try callback.batchDidEnd(CallbackHarness.batchReport(step + 1, of: 3, loss: loss), run)
        }
        #expect(folder.files == ["1-1.keras", "1-3.keras"])
        let other = try ModelCheckpoint(folder.path("x"), saveBestOnly: true, frequency: .updates(1), save: write)
        let error = #expect(throws: TrainingError.self) {
            try other.batchDidEnd(CallbackHarness.batchReport(1, of: 3), run)
        }
        #expect(error!.description.contains("val_loss") && error!.description.contains("end of an epoch"))
    }

    @Test(arguments: [
        ("{", "partner"), ("}", "partner"), ("a{}b", "no name"), ("{epoch:z}", "{epoch:02d}"),
        ("{loss:.}", "{epoch:02d}"),
        ("{loss:.4}", "{epoch:02d}"), ("{epoch:<4d}", "{epoch:02d}"),
    ]) func `a pattern that cannot be meant is refused at once`(pattern: String, reason: String) {
        let error = #expect(throws: TrainingError.self) { try ModelCheckpoint(pattern) { _, _ in } }
        #expect(error!.description.contains(reason), "\(error!)")
    }

    @Test func `a figure that is not there is named with those that are`() throws {
        let callback = try ModelCheckpoint("{epoch}-{f1:.2f}.keras") { _, _ in }
        let run = TrainingRun(try CallbackHarness.model(), epochs: 2, callbacks: [callback])
        try run.begin()
        _ = try run.beginEpoch()
        let error = #expect(throws: TrainingError.self) { try run.endEpoch() }
        #expect(error!.description.contains("no f1; there are epoch, loss"))
        let whole = try ModelCheckpoint("{loss:d}.keras") { _, _ in }
        var report = CallbackHarness.report(1, [("loss", 0.5)])
        #expect(throws: TrainingError.self) { try whole.epochDidEnd(&report, run) }
    }

    @Test func `a model that cannot be saved ends the run with the reason`() throws {
        let folder = try Folder()
        let callback = try ModelCheckpoint(folder.path("x.keras")) { _, _ in throw NotWritten() }
        #expect(throws: NotWritten.self) {
            try CallbackHarness.fit(CallbackHarness.model(), epochs: 2, callbacks: [callback])
        }
        #expect(throws: TrainingError.self) { try ModelCheckpoint("x", keepNewest: 0) { _, _ in } }
        #expect(throws: TrainingError.self) { try ModelCheckpoint("x", frequency: .updates(0)) { _, _ in } }
    }
}
