import JSONText
import NeuralNetwork
import Testing
import Training

/// Against Keras's callback: `fixtures/goldens/callbacks.json`.
@Suite struct EarlyStoppingTests {
    static let cases = CallbackHarness.cases("early_stopping").map(\.name)

    private func callback(_ settings: JSONValue) -> EarlyStopping {
        EarlyStopping(
            minDelta: settings["min_delta"]?.doubleValue ?? 0, patience: settings["patience"]?.integerValue ?? 0,
            mode: CallbackHarness.mode(settings), baseline: settings["baseline"]?.doubleValue,
            restoreBestWeights: settings["restore_best_weights"]?.boolValue ?? false,
            startFromEpoch: settings["start_from_epoch"]?.integerValue ?? 0)
    }

    /// Runs a case, with another callback that goes on from the state after some epoch.
    private func check(_ golden: JSONValue, handOver: Int?, beforeBegin: Bool = true) throws {
        let model = try CallbackHarness.model()
        var callback = callback(golden["settings"]!)
        var run = TrainingRun(model, epochs: 100, callbacks: [callback])
        try run.begin()
        var ran = 0
        for (epoch, figure) in golden["figures"]!.arrayValue!.enumerated() {
            if epoch == handOver {
                let state = callback.state
                callback = self.callback(golden["settings"]!)
                run = TrainingRun(model, epochs: 100, initialEpoch: epoch, callbacks: [callback])
                if beforeBegin { callback.restore(state) }
                try run.begin()
                if !beforeBegin { callback.restore(state) }
            }
            guard try run.beginEpoch() else { break }
            ran += 1
            try model.setWeights([[Float(epoch)]])
            var report = CallbackHarness.report(epoch + 1, [("loss", 1), ("val_loss", figure.doubleValue!)])
            try callback.epochDidEnd(&report, run)
        }
        try run.end()
        #expect(ran == golden["ran"]!.integerValue)
        #expect(callback.stoppedEpoch.map { $0 - 1 } == golden["stopped"]!.integerValue)
        #expect(callback.best == golden["best"]!.doubleValue)
        #expect(callback.bestEpoch - 1 == golden["best_epoch"]!.integerValue)
        let kept = golden["restored"]!.integerValue ?? ran - 1
        #expect(CallbackHarness.weight(model) == Float(kept))
    }

    @Test(arguments: cases) func `stops where Keras stops, with its best epoch and weights`(name: String) throws {
        try check(CallbackHarness.golden(name), handOver: nil)
    }

    @Test(arguments: cases) func `goes on from its state after any epoch`(name: String) throws {
        let golden = CallbackHarness.golden(name)
        for epoch in 1..<golden["ran"]!.integerValue! {
            for beforeBegin in [true, false] { try check(golden, handOver: epoch, beforeBegin: beforeBegin) }
        }
    }

    @Test func `a new run begins anew`() throws {
        let callback = EarlyStopping(patience: 1)
        for _ in 0..<2 {
            let run = TrainingRun(try CallbackHarness.model(), epochs: 5, callbacks: [callback])
            try run.begin()
            #expect(callback.best == nil && callback.stoppedEpoch == nil)
            for value in [0.1, 0.2, 0.3] where try run.beginEpoch() { try run.endEpoch(validation: Logs(loss: value)) }
            try run.end()
            #expect(callback.stoppedEpoch == 2)
        }
    }

    @Test func `a name that no figure has ends the first epoch with the names there are`() throws {
        let error = #expect(throws: TrainingError.self) {
            try CallbackHarness.fit(
                CallbackHarness.model(), epochs: 3, callbacks: [EarlyStopping(monitor: "val_acuracy")])
        }
        #expect(error?.kind == .usage)
        #expect(error!.description.contains("val_acuracy") && error!.description.contains("loss, val_loss"))
    }

    @Test func `without validation data a figure of validation is an error`() throws {
        let source = ArraySourceOfOnes.make()
        let error = #expect(throws: TrainingError.self) {
            try CallbackHarness.model().fit(source, epochs: 3, callbacks: [EarlyStopping()])
        }
        #expect(error!.description.contains("no validation data"))
    }

    @Test func `epochs that are not validated do not count`() throws {
        let callback = EarlyStopping(patience: 1, mode: .max)
        let history = try CallbackHarness.fit(
            CallbackHarness.model(), epochs: 9, frequency: .every(2), callbacks: [callback])
        #expect(history.epochs == [1, 2, 3, 4])
        #expect(callback.stoppedEpoch == 4)
    }

    @Test func `a figure that is no number is never the best`() throws {
        let callback = EarlyStopping(patience: 2)
        let run = TrainingRun(try CallbackHarness.model(), epochs: 9, callbacks: [callback])
        try run.begin()
        for value in [.nan, 0.5, .nan, 0.4, .nan, .nan] where try run.beginEpoch() {
            try run.endEpoch(validation: Logs(loss: value))
        }
        #expect(callback.best == 0.4 && callback.stoppedEpoch == 6)
    }

    @Test func `a metric says whether larger is better, and an unknown one asks for the mode`() throws {
        let model = try CallbackHarness.model()
        try model.recompile(metrics: [.binaryAccuracy])
        let run = TrainingRun(model, epochs: 2, callbacks: [])
        try CallbackHarness.fit(model, epochs: 1, callbacks: [])
        #expect(try Monitor("val_binary_accuracy").isImprovement(0.9, over: 0.8, run))
        #expect(try !Monitor("loss").isImprovement(0.9, over: 0.8, run))
        #expect(try Monitor("rate", mode: .max, minDelta: 0.05).isImprovement(0.9, over: 0.8, run))
        #expect(try !Monitor("rate", mode: .max, minDelta: 0.2).isImprovement(0.9, over: 0.8, run))
        let error = #expect(throws: TrainingError.self) { try Monitor("rate").isImprovement(1, over: 2, run) }
        #expect(error!.description.contains("min or max"))
    }
}
