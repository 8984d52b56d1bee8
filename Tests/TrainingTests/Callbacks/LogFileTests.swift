import DataSource
import JSONText
import Memory
import NeuralNetwork
import Testing
import Training

/// CSVLogger against Keras's, and JSONLinesLog.
@Suite struct LogFileTests {
    static let cases = CallbackHarness.cases("csv").map(\.name)

    @Test(arguments: cases) func `CSV is Keras's, byte for byte, also from its state`(name: String) throws {
        let golden = CallbackHarness.golden(name)
        let epochs = golden["epochs"]!.arrayValue!
        let separator = golden["settings"]!["separator"]?.stringValue.map { Character($0) } ?? ","
        for handOver in 0...epochs.count {
            let folder = try Folder()
            var callback = CSVLogger(folder.path("log.csv"), separator: separator)
            let run = TrainingRun(try CallbackHarness.model(), epochs: 100, callbacks: [])
            try callback.trainWillBegin(run)
            for (index, figures) in epochs.enumerated() {
                if index == handOver {
                    let state = try callback.state
                    // The row behind the checkpoint is dropped.
                    var lost = CallbackHarness.report(index + 1, CallbackHarness.figures(epochs[0]))
                    try callback.epochDidEnd(&lost, run)
                    callback = CSVLogger(folder.path("log.csv"), separator: separator)
                    callback.restore(state)
                    try callback.trainWillBegin(run)
                }
                var report = CallbackHarness.report(index + 1, CallbackHarness.figures(figures))
                try callback.epochDidEnd(&report, run)
            }
            callback.trainDidEnd(run)
            #expect(try folder.text("log.csv") == golden["text"]!.stringValue, "from epoch \(handOver)")
        }
    }

    @Test func `CSV of a run has Keras's columns and rows`() throws {
        let golden = CallbackHarness.golden("run_scheduler")
        let folder = try Folder()
        try CallbackHarness.fit(
            CallbackHarness.model(), epochs: 4,
            callbacks: [LearningRateScheduler { $0 < 2 ? $1 : $1 * 0.5 }, CSVLogger(folder.path("log.csv"))])
        func rows(_ text: String) -> [[String]] {
            text.split(separator: "\r\n").map { $0.split(separator: ",").map(String.init) }
        }
        let found = rows(try folder.text("log.csv"))
        let expected = rows(golden["text"]!.stringValue!)
        #expect(found.count == expected.count && found[0] == expected[0])
        for (found, expected) in zip(found.dropFirst(), expected.dropFirst()) {
            #expect(found.count == expected.count)
            for (found, expected) in zip(found, expected) {
                #expect(abs(Double(found)! - Double(expected)!) < 1e-6)
            }
        }
    }

    @Test func `CSV is added to, or begun anew`() throws {
        let folder = try Folder()
        for append in [false, true, true] {
            try CallbackHarness.fit(
                CallbackHarness.model(), epochs: 2, callbacks: [CSVLogger(folder.path("log.csv"), append: append)])
        }
        let lines = try folder.text("log.csv").split(separator: "\r\n")
        #expect(lines.count == 7 && lines.filter { $0.hasPrefix("epoch") }.count == 1)
        try CallbackHarness.fit(CallbackHarness.model(), epochs: 1, callbacks: [CSVLogger(folder.path("log.csv"))])
        #expect(try folder.text("log.csv").split(separator: "\r\n").count == 2)
    }

    @Test func `a file that cannot be made is an error before the first step`() throws {
        let folder = try Folder()
        let model = try CallbackHarness.model()
        #expect(throws: OutputError.self) {
            try CallbackHarness.fit(model, epochs: 1, callbacks: [CSVLogger(folder.path("no/log.csv"))])
        }
        #expect(model.iterations == 0)
        #expect(throws: OutputError.self) { try JSONLinesLog(folder.path("no/log.jsonl")) }
        #expect(throws: TrainingError.self) { try JSONLinesLog(folder.path("log.jsonl"), every: 0) }
    }

    /// The lines of a log.
    private func lines(_ folder: Folder) throws -> [JSONValue] {
        try folder.text("log.jsonl").split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    }

    @Test func `JSON lines have figures, notes and null for what is no number`() throws {
        let folder = try Folder()
        let log = try JSONLinesLog(folder.path("log.jsonl"), every: 2)
        try CallbackHarness.fit(
            CallbackHarness.model(), epochs: 2, callbacks: [log, EarlyStopping(patience: 0, mode: .max)])
        let found = try lines(folder)
        #expect(found.map { $0["event"]!.stringValue! } == ["batch", "epoch", "batch", "batch", "epoch", "note"])
        #expect(found.map { $0["epoch"]!.integerValue! } == [1, 1, 2, 2, 2, 2])
        #expect(found[0]["step"]?.integerValue == 2 && found[2]["step"]?.integerValue == 1)
        #expect(found[0]["learning_rate"]?.doubleValue == 0.1)
        #expect(found[1]["val_loss"]?.doubleValue != nil && found[1]["samples"]?.integerValue == 10)
        let run = TrainingRun(try CallbackHarness.model(), epochs: 1, callbacks: [])
        for _ in 0..<2 { try log.batchDidEnd(CallbackHarness.batchReport(1, of: 1, batchLoss: .nan), run) }
        try log.trainDidEnd(run)
        #expect(try lines(folder).last?["batch_loss"]?.isNull == true)
    }

    @Test func `lines of updates that wait are written with the next other line, and when the run fails`() throws {
        let folder = try Folder()
        let log = try JSONLinesLog(folder.path("log.jsonl"))
        let run = TrainingRun(try CallbackHarness.model(), epochs: 1, callbacks: [])
        try log.epochWillBegin(run)
        for step in 1...3 { try log.batchDidEnd(CallbackHarness.batchReport(step, of: 9), run) }
        try log.noteWasMade("a note", run)
        #expect(try lines(folder).map { $0["event"]!.stringValue! } == ["batch", "batch", "batch", "note"])
        try log.batchDidEnd(CallbackHarness.batchReport(4, of: 9), run)
        log.trainDidFail(CancellationError(), run)
        #expect(try lines(folder).compactMap { $0["step"]?.integerValue } == [1, 2, 3, 4])
        // However fast they follow each other, only so many are held.
        for step in 1...2000 { try log.batchDidEnd(CallbackHarness.batchReport(step, of: 2000), run) }
        #expect(try lines(folder).count >= 4 + 1 + 1024)
    }

    @Test(arguments: [true, false]) func `a resumed log drops the lines behind the checkpoint`(beforeBegin: Bool) throws
    {
        let (whole, parts) = (try Folder(), try Folder())
        func batches(_ log: JSONLinesLog, _ steps: ClosedRange<Int>) throws {
            let run = TrainingRun(try CallbackHarness.model(), epochs: 1, callbacks: [])
            for step in steps { try log.batchDidEnd(CallbackHarness.batchReport(step, of: 9), run) }
            try log.trainDidEnd(run)
        }
        let model = try CallbackHarness.model()
        let source = ArraySourceOfOnes.make()
        let settings = FitSettings()
        let plan = try model.plan(source, settings)
        let log = try JSONLinesLog(whole.path("log.jsonl"), every: 2)
        log.plan(plan, source, settings)
        try batches(log, 1...9)
        let first = try JSONLinesLog(parts.path("log.jsonl"), every: 2)
        first.plan(plan, source, settings)
        try batches(first, 1...5)
        let state = try first.state
        try batches(first, 6...8)
        let second = try JSONLinesLog(parts.path("log.jsonl"), every: 2)
        second.plan(plan, source, settings)
        let run = TrainingRun(model, epochs: 1, callbacks: [second])
        if beforeBegin { second.restore(state) }
        try run.begin()
        if !beforeBegin { second.restore(state) }
        try batches(second, 6...9)
        #expect(try parts.text("log.jsonl") == whole.text("log.jsonl"))
        #expect(try lines(parts).map { $0["event"]!.stringValue! } == ["plan", "batch", "batch", "batch", "batch"])
    }
}
