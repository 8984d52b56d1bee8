import Foundation
import Millrace
import TestSupport
import Testing

/// The programs of the articles on callbacks and on loops of one's own, so that they stay true.
@Suite struct CallbackArticleTests {
    private let directory = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")

    private func path(_ name: String) -> String { directory.appending(path: name).path }

    private func model() throws -> Model { try Model.load(Fixtures.path("digits-mlp.keras")) }

    /// The digits in a directory of their own.
    private func withData(_ body: (HDF5Source, HDF5Source) throws -> Void) throws {
        try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: directory) }
        try body(HDF5Source(Fixtures.path("digits-train.h5")), HDF5Source(Fixtures.path("digits-test.h5")))
    }

    private final class StopWhenGood: Callback {
        func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {
            guard let accuracy = report["val_accuracy"] else { return }
            report.add("val_error", 1 - accuracy)
            if accuracy > 0.95 {
                run.stop()
                try run.note("good enough after epoch \(report.epoch)")
            }
        }
    }

    private final class Patience: Callback {
        var left = 3.0
        var state: CallbackState { CallbackState(numbers: ["left": left]) }
        func restore(_ state: CallbackState) { left = state.numbers["left"] ?? 3 }
    }

    @Test func `the best model is saved, and early stopping ends the run`() throws {
        try withData { source, test in
            let model = try model()
            model.learningRate = 0.01
            let history = try model.fit(
                source, epochs: 40, batchSize: 32, validation: test,
                callbacks: [
                    try ReduceLROnPlateau(factor: 0.5, patience: 1),
                    EarlyStopping(patience: 2),
                    try ModelCheckpoint(path("best.keras"), monitor: "val_accuracy", saveBestOnly: true),
                    CSVLogger(path("log.csv")),
                ])
            #expect(history.epochs.count < 40)
            let best = try Model.load(path("best.keras")).evaluate(test)
            #expect(best["accuracy"] == history["val_accuracy"].max())
            let rows = try String(contentsOfFile: path("log.csv"), encoding: .utf8).split(separator: "\r\n")
            #expect(rows.count == history.epochs.count + 1)
        }
    }

    @Test func `models are saved by patterns, and the newest stay`() throws {
        try withData { source, test in
            let history = try model().fit(
                source, epochs: 4, validation: test,
                callbacks: [
                    try ModelCheckpoint(path("run/{epoch:02d}-{val_loss:.4f}.keras"), keepNewest: 3),
                    try ModelCheckpoint(path("run/last.keras"), frequency: .updates(500)),
                    try ModelCheckpoint(path("run/best.keras"), saveBestOnly: true, initialValueThreshold: 0),
                ])
            let names = try FileManager.default.contentsOfDirectory(atPath: path("run")).sorted()
            #expect(names.count == 3)
            for (epoch, name) in zip(2..., names) {
                #expect(name == String(format: "%02d-%.4f.keras", epoch, history["val_loss"][epoch - 1]))
            }
            #expect(throws: TrainingError.self) { try ModelCheckpoint("best.h5") }
        }
    }

    @Test func `callbacks of one's own end the run and add figures`() throws {
        try withData { source, test in
            let model = try model()
            model.learningRate = 0.01
            var first: [Double] = []
            let history = try model.fit(
                source, epochs: 20, validation: test,
                callbacks: [
                    StopWhenGood(), Patience(),
                    LambdaCallback(batchDidEnd: { report, run in
                        if report.step == 1 { first.append(report.batchLoss) }
                    }),
                ])
            #expect(history.epochs.count < 20 && first.count == history.epochs.count)
            #expect(history["val_error"].last == 1 - history["val_accuracy"].last!)
        }
    }

    @Test func `a loop of one's own has callbacks, too`() throws {
        try withData { source, test in
            let model = try model()
            model.learningRate = 0.05
            let run = TrainingRun(
                model, epochs: 50, callbacks: [EarlyStopping(patience: 2), CSVLogger(path("log.csv"))])
            try run.open(source, batchSize: 32, seed: 7)
            try run.begin()
            while try run.beginEpoch() {
                while let batch = try run.nextBatch() {
                    try run.train(batch)
                }
                try run.endEpoch(validation: model.evaluate(test))
            }
            try run.end()
            #expect(run.history.epochs.count < 50 && run.isStopping)
            #expect(run.history["loss"][1] < run.history["loss"][0])
            #expect(run.history["val_loss"].count == run.history.epochs.count)
        }
    }
}
