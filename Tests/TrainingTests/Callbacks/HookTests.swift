import DataSource
import JSONText
import NeuralNetwork
import Testing
import Training

/// The hooks and figures of small runs against Keras's, and loops of one's own.
@Suite struct HookTests {
    /// Writes the hooks down as the reference does.
    private final class Events: Callback {
        var events: [String] = []
        var running: [Double] = []
        var stopAt: Int?
        private var validationBatch = 0

        func trainWillBegin(_ run: TrainingRun) { events.append("t<") }
        func trainDidEnd(_ run: TrainingRun) { events.append("t>") }
        func epochWillBegin(_ run: TrainingRun) { events.append("e<\(run.epoch - 1)") }
        func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) { events.append("e>\(report.epoch - 1)") }
        func batchWillBegin(_ run: TrainingRun) { events.append("b<\(run.step)") }
        func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) {
            events.append("b>\(report.step - 1)")
            running.append(report.logs.loss)
            if report.step - 1 == stopAt { run.stop() }
        }
        func validationWillBegin(_ run: TrainingRun) {
            events.append("v<")
            validationBatch = 0
        }
        func validationBatchDidEnd(_ run: TrainingRun) {
            events.append("vb>\(validationBatch)")
            validationBatch += 1
        }
        func validationDidEnd(_ logs: Logs, _ run: TrainingRun) { events.append("v>") }
    }

    @Test(arguments: ["run_still", "run_plain", "run_stopped", "run_frequency", "run_ema"])
    func `hooks, running means and figures are Keras's`(name: String) throws {
        let golden = CallbackHarness.golden(name)
        let model = try CallbackHarness.model(rate: Float(golden["rate"]!.doubleValue!))
        let events = Events()
        if name == "run_stopped" { events.stopAt = 1 }
        let others: [any Callback] = name == "run_ema" ? [try SwapEMAWeights(momentum: 0.9)] : []
        let history = try CallbackHarness.fit(
            model, epochs: golden["epochs"]!.integerValue!,
            frequency: name == "run_frequency" ? .epochs([1, 3]) : .every(1), callbacks: others + [events])
        #expect(events.events == golden["events"]!.arrayValue!.map { $0.stringValue! })
        func near(_ found: [Double], _ expected: JSONValue) -> Bool {
            let expected = expected.arrayValue!.map { $0.doubleValue! }
            return found.count == expected.count && zip(found, expected).allSatisfy { abs($0 - $1) < 1e-6 }
        }
        #expect(near(events.running, golden["running"]!))
        #expect(history.names == golden["history"]!.members!.map(\.key))
        for figure in golden["history"]!.members! { #expect(near(history[figure.key], figure.value), "\(figure.key)") }
        #expect(abs(Double(CallbackHarness.weight(model)) - golden["weight"]!.doubleValue!) < 1e-6)
    }

    @Test func `evaluation and prediction have hooks, and can be interrupted`() throws {
        let model = try CallbackHarness.model()
        let source = ArraySource(x: (0..<10).map(Float.init), shape: [1], y: (0..<10).map(Float.init), targetShape: [1])
        var events: [String] = []
        let callback = LambdaCallback(
            validationWillBegin: { _ in events.append("v<") }, validationBatchWillBegin: { _ in events.append("vb<") },
            validationBatchDidEnd: { _ in events.append("vb>") }, validationDidEnd: { _, _ in events.append("v>") },
            predictionWillBegin: { _ in events.append("p<") }, predictionBatchWillBegin: { _ in events.append("pb<") },
            predictionBatchDidEnd: { _ in events.append("pb>") }, predictionDidEnd: { _ in events.append("p>") })
        _ = try model.evaluate(source, batchSize: 5, callbacks: [callback])
        #expect(events == ["v<", "vb<", "vb>", "vb<", "vb>", "v>"])
        events = []
        var rows = 0
        try model.predict(source, batchSize: 5, callbacks: [callback]) { rows += $1 }
        #expect(events == ["p<", "pb<", "pb>", "pb<", "pb>", "p>"] && rows == 10)
        let stopping = LambdaCallback(
            validationBatchDidEnd: { $0.interrupt() }, predictionBatchDidEnd: { $0.interrupt() })
        rows = 0
        try model.predict(source, batchSize: 3, callbacks: [stopping]) { rows += $1 }
        #expect(rows == 3)
        try model.setWeights([[2]])
        // (2x - x)², of 0, 1, 2.
        #expect(abs(try model.evaluate(source, batchSize: 3, callbacks: [stopping]).loss - 5.0 / 3) < 1e-6)
        #expect(try model.predictAll(source, batchSize: 4) == [(0..<10).map { Float(2 * $0) }])
    }

    @Test func `a run without an epoch to do begins and ends, as in Keras`() throws {
        let events = Events()
        let history = try CallbackHarness.fit(
            CallbackHarness.model(), epochs: 2, callbacks: [events], initialEpoch: 2)
        #expect(events.events == ["t<", "t>"] && history.epochs.isEmpty)
    }

    @Test func `a loop of one's own has the same hooks and figures as fit`() throws {
        let x = (0..<10).map { Float($0) / 10 }
        let source = ArraySource(x: x, shape: [1], y: x.map { 2 * $0 }, targetShape: [1])
        let test = ArraySource(x: [0.5], shape: [1], y: [1.5], targetShape: [1])
        func settings(_ model: Model) throws -> (FitSettings, MemoryPlan) {
            var settings = FitSettings()
            settings.epochs = 3
            settings.batchSize = 4
            settings.shuffle = .none
            return (settings, try model.plan(source, validation: test, settings))
        }
        let (fitted, driven) = (try CallbackHarness.model(), try CallbackHarness.model())
        let (first, second) = (Events(), Events())
        let (chosen, plan) = try settings(fitted)
        let history = try fitted.fit(source, validation: test, chosen, plan, callbacks: [first])

        let run = TrainingRun(driven, epochs: 3, callbacks: [second])
        try run.begin()
        while try run.beginEpoch(steps: 3) {
            let stream = try source.batches(of: 4, shuffle: .none)
            while !run.isStopping, let batch = try stream.next() { try run.train(batch) }
            try run.endEpoch(validation: driven.evaluate(test))
        }
        try run.end()
        #expect(second.events == first.events.filter { !$0.hasPrefix("vb") })
        #expect(second.running == first.running)
        #expect(run.history["loss"] == history["loss"] && run.history["val_loss"] == history["val_loss"])
        #expect(CallbackHarness.weight(driven) == CallbackHarness.weight(fitted))
    }

    @Test func `closures are called in the order of the hooks`() throws {
        var events: [String] = []
        let callback = LambdaCallback(
            trainWillBegin: { _ in events.append("begin") }, epochWillBegin: { _ in events.append("epoch") },
            batchWillBegin: { _ in events.append("batch") },
            batchDidEnd: { report, _ in events.append("\(report.step)") },
            validationWillBegin: { _ in events.append("validation") },
            validationBatchDidEnd: { _ in events.append("validated") },
            validationDidEnd: { _, run in try run.note("here") },
            epochDidEnd: { report, run in
                report.add("extra", 7)
                run.stop()
            }, noteWasMade: { note, _ in events.append(note) }, trainDidEnd: { _ in events.append("end") })
        let history = try CallbackHarness.fit(CallbackHarness.model(), epochs: 2, callbacks: [callback])
        #expect(
            events == ["begin", "epoch", "batch", "1", "batch", "2", "batch", "3"]
                + ["validation", "validated", "validated", "here", "end"])
        #expect(history["extra"] == [7])
    }

    @Test func `an error of a callback leaves fit, and all callbacks know of it`() throws {
        struct Fault: Error {}
        var events: [String] = []
        func callback(_ name: String, fails: Bool = false) -> LambdaCallback {
            LambdaCallback(
                batchDidEnd: { report, _ in
                    events.append("\(name) \(report.step)")
                    if fails, report.step == 2 { throw Fault() }
                }, trainDidEnd: { _ in events.append("\(name) end") },
                trainDidFail: { error, run in events.append("\(name) \(error is Fault) at \(run.step)") })
        }
        #expect(throws: Fault.self) {
            try CallbackHarness.fit(
                CallbackHarness.model(), epochs: 2,
                callbacks: [callback("a"), callback("b", fails: true), callback("c")])
        }
        #expect(events == ["a 1", "b 1", "c 1", "a 2", "b 2", "a true at 2", "b true at 2", "c true at 2"])
    }

    @Test func `an error of the data leaves fit, and callbacks know of it`() throws {
        let source = ArraySource(x: [0, 1], shape: [1], y: [7, 9], targetShape: [])
        let model = try Sequential(input: [1]) { Dense(3) }
        try model.compile(optimizer: .sgd(), loss: .sparseCategoricalCrossentropy(fromLogits: true))
        var failures = 0
        let callback = LambdaCallback(trainDidFail: { _, _ in failures += 1 })
        #expect(throws: TrainingError.self) { try model.fit(source, callbacks: [callback]) }
        #expect(failures == 1)
    }

    @Test func `a loss that is no number ends the run with the batch's rows`() throws {
        var x = (0..<40).map { Float($0) / 40 }
        x[21] = .nan
        let source = ArraySource(
            inputs: [ArrayColumn("x", x, rowShape: [1])],
            targets: [ArrayColumn("y", x.map { _ in Float(1) }, rowShape: [1])],
            rowsPerBlock: 10)
        let model = try CallbackHarness.model()
        var settings = FitSettings()
        settings.batchSize = 8
        settings.epochs = 3
        settings.shuffle = .none
        let plan = try model.plan(source, settings)
        let callback = TerminateOnNaN()
        var notes: [String] = []
        let listener = LambdaCallback(noteWasMade: { note, _ in notes.append(note) })
        let history = try model.fit(source, settings, plan, callbacks: [callback, listener])
        #expect(history.epochs == [1])
        #expect(
            callback.batch?.step == 3 && callback.batch?.rows == Array(16..<24) && callback.batch?.blocks == [1, 2])
        #expect(notes.count == 1)
        #expect(notes[0].contains("step 3 of epoch 1: blocks 1, 2, rows 16, 17, 18, 19, 20, 21, 22, 23"))
        let error = #expect(throws: TrainingError.self) {
            try CallbackHarness.model().fit(source, settings, plan, callbacks: [TerminateOnNaN(raisesError: true)])
        }
        #expect(error?.kind == .data)

        // The only checkpoint that is kept is one from before.
        let folder = try Folder()
        settings.checkpointing = Checkpointing(folder.path("run"), interval: .updates(1), keep: 1)
        _ = try CallbackHarness.model().fit(source, settings, plan, callbacks: [TerminateOnNaN()])
        settings.checkpointing!.resumes = true
        settings.checkpointing!.observe = { _ in }
        let resumed = try CallbackHarness.model()
        let again = TerminateOnNaN()
        _ = try resumed.fit(source, settings, try resumed.plan(source, settings), callbacks: [again])
        #expect(again.batch?.step == 3 && resumed.iterations == 3)
    }
}
