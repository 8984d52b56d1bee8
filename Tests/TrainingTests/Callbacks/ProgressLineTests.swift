import Memory
import Testing
import Training

@Suite struct ProgressLineTests {
    private func run(epochs: Int = 3) throws -> TrainingRun {
        TrainingRun(try CallbackHarness.model(), epochs: epochs, callbacks: [])
    }

    /// What is written, the sequences of colours taken out.
    private func plain(_ text: String) -> String {
        text.replacing(try! Regex("\u{1b}\\[[0-9;]*m"), with: "")
    }

    @Test func `a terminal has Keras's bar and figures, and the time that is left`() throws {
        var text = ""
        let line = ProgressLine(columns: { 200 }, write: { text += $0 })
        let run = try run()
        line.epochWillBegin(run)
        line.batchDidEnd(CallbackHarness.batchReport(1, of: 40, seconds: 10), run)
        text = ""
        line.batchDidEnd(CallbackHarness.batchReport(10, of: 40, loss: 0.00051, seconds: 28), run)
        // Two seconds a step without the first one, 30 steps are left.
        #expect(
            plain(text)
                == "\r\u{1b}[K10/40 ━━━━━━━━━━━━━━━━━━━━ 60s 2s/step - loss: 5.1000e-04 - 3 samples/s - waited 25%")
        #expect(text.contains("\u{1b}[32m━━━━━\u{1b}[0m\u{1b}[37m━━━━━━━━━━━━━━━\u{1b}[0m"))
        text = ""
        line.batchDidEnd(CallbackHarness.batchReport(11, of: 40, seconds: 28.01), run)
        #expect(text.isEmpty)
    }

    @Test func `an unknown length says so`() throws {
        var text = ""
        let line = ProgressLine(columns: { 200 }, write: { text += $0 })
        let run = try run()
        line.epochWillBegin(run)
        line.batchDidEnd(CallbackHarness.batchReport(12, of: 0, seconds: 30), run)
        #expect(plain(text).hasSuffix("     12/Unknown 30s 2s/step - loss: 0.5000 - 4 samples/s - waited 25%"))
    }

    @Test(arguments: [20, 40, 60, 79]) func `a long line is cut at the terminal's width`(columns: Int) throws {
        var text = ""
        let line = ProgressLine(columns: { columns }, write: { text = $0 })
        let run = try run()
        line.epochWillBegin(run)
        line.batchDidEnd(CallbackHarness.batchReport(12, of: 40, seconds: 30), run)
        let shown = plain(text).replacing("\r\u{1b}[K", with: "")
        #expect(shown.count == min(columns - 1, 80) && shown.hasSuffix("…"), "\(shown)")
        // No colour is left on.
        #expect(text.hasSuffix("\u{1b}[0m"))
    }

    @Test func `elsewhere there is one plain line an epoch`() throws {
        var text = ""
        let line = ProgressLine(columns: nil, write: { text += $0 })
        let run = try run()
        _ = try run.beginEpoch()
        line.epochWillBegin(run)
        line.batchDidEnd(CallbackHarness.batchReport(1, of: 3, seconds: 1), run)
        line.batchDidEnd(CallbackHarness.batchReport(2, of: 3, seconds: 2), run)
        line.noteWasMade("a note", run)
        var report = CallbackHarness.report(1, [("loss", 0.25), ("val_loss", 1e-4)])
        report.add("learning_rate", 0.01)
        line.epochDidEnd(&report, run)
        #expect(
            text == "Epoch 1/3\na note\n3/3 2s 500ms/step - loss: 0.2500 - val_loss: 1.0000e-04 - learning_rate: 0.0100"
                + " - 15 samples/s - waited 0%\n")
        #expect(!text.contains("\u{1b}"))
    }

    @Test func `a run of one epoch has no header, and a cap shows the peak beside it`() throws {
        var text = ""
        let line = ProgressLine(columns: nil, write: { text += $0 })
        let model = try CallbackHarness.model()
        try model.fit(ArraySourceOfOnes.make(), memory: .cap(.gibibytes(4)), callbacks: [line])
        #expect(!text.contains("Epoch") && text.contains(#/1/1 \d+s /#) && text.hasSuffix(" of 4.0 GiB\n"))
    }
}
