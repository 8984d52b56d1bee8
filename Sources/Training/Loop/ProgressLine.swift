public import DataSource
import Glibc

/// Progress as Keras shows it, then samples a second, the share of time waited for data, and, under a cap, the process's peak
/// memory beside it; on standard error.
///
/// On a terminal one line is redrawn at most twenty times a second, cut at the terminal's width, with the time that is left of
/// the epoch. Elsewhere there is one plain line an epoch. Times are those of training; validation is left out.
public final class ProgressLine: Callback {
    /// The terminal's width in characters; nil when the line goes elsewhere.
    private let columns: (() -> Int)?
    private let write: (String) -> Void
    private var lastDrawn = 0.0
    /// When the first update of the epoch had ended: its time is not typical, and Keras leaves it out.
    private var firstStep: Double?

    public convenience init() {
        let columns: (() -> Int)? = isatty(2) != 0 ? { ProgressLine.terminalColumns } : nil
        self.init(columns: columns) { text in
            var text = text
            text.withUTF8 { bytes in _ = Glibc.write(2, bytes.baseAddress, bytes.count) }
        }
    }

    /// - Parameters:
    ///   - columns: the width of the terminal; nil when it is none.
    ///   - write: gets the text.
    package init(columns: (() -> Int)?, write: @escaping (String) -> Void) {
        self.columns = columns
        self.write = write
    }

    private static var terminalColumns: Int {
        var size = winsize()
        let isKnown = ioctl(2, UInt(TIOCGWINSZ), &size) == 0 && size.ws_col > 0
        return isKnown ? Int(size.ws_col) : 80
    }

    public func epochWillBegin(_ run: TrainingRun) {
        lastDrawn = 0
        firstStep = nil
        if run.epochs > 1 { write("Epoch \(run.epoch)/\(run.epochs)\n") }
    }

    public func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) {
        if report.step == 1 { firstStep = report.seconds }
        guard let columns, report.seconds - lastDrawn > 0.05 else { return }
        lastDrawn = report.seconds
        let step = stepSeconds(report.step, report.seconds)
        let left = report.stepsPerEpoch > 0 ? step * Double(report.stepsPerEpoch - report.step) : report.seconds
        let line =
            ProgressText.bar(report.step, of: report.stepsPerEpoch)
            + " \u{1b}[1m\(ProgressText.duration(left))\u{1b}[0m "
            + ProgressText.step(step) + ProgressText.figures(report.logs.all)
            + ProgressText.rates(report.samples, report.seconds, report.waitSeconds) + ProgressText.memory(run.memory)
        write("\r\u{1b}[K" + ProgressText.cut(line, to: columns() - 1))
    }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) {
        let steps = report.steps
        let begin =
            columns == nil
            ? "\(steps)/\(steps) \(ProgressText.duration(report.seconds)) "
            : "\r\u{1b}[K" + ProgressText.bar(steps, of: steps)
                + " \u{1b}[1m\(ProgressText.duration(report.seconds))\u{1b}[0m "
        let skipped = report.data.skippedSamples
        write(
            begin + ProgressText.step(stepSeconds(steps, report.seconds)) + ProgressText.figures(report.figures)
                + ProgressText.rates(report.samples, report.seconds, report.data.waitSeconds)
                + ProgressText.memory(run.memory) + (skipped > 0 ? " - skipped \(skipped) samples" : "") + "\n")
    }

    public func blockWasSkipped(_ error: DataError, _ run: TrainingRun) { writeLine("skipped: \(error)") }
    public func noteWasMade(_ note: String, _ run: TrainingRun) { writeLine(note) }

    /// A line of its own; what was drawn is drawn anew below it.
    private func writeLine(_ text: String) {
        write((columns == nil ? "" : "\r\u{1b}[K") + text + "\n")
        lastDrawn = 0
    }

    /// The mean of all steps but the first, once there is another.
    private func stepSeconds(_ steps: Int, _ seconds: Double) -> Double {
        guard let firstStep, steps > 1 else { return seconds / Double(max(1, steps)) }
        return (seconds - firstStep) / Double(steps - 1)
    }

    /// Four decimals, or four digits and an exponent for small values: Keras's format.
    static func format(_ value: Double) -> String { ProgressText.format(value) }
}
