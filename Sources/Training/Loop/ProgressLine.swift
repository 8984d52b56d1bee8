public import DataSource
import Glibc

/// Progress as Keras shows it, with samples a second and the share of time waited for data; on standard error.
///
/// On a terminal one line is redrawn at most twenty times a second; elsewhere there is one plain line an epoch.
public final class ProgressLine: Callback {
    private let isTerminal: Bool
    private let write: (String) -> Void
    private var lastDrawn = 0.0

    public convenience init() {
        self.init(isTerminal: isatty(2) != 0) { text in
            var text = text
            text.withUTF8 { bytes in _ = Glibc.write(2, bytes.baseAddress, bytes.count) }
        }
    }

    init(isTerminal: Bool, write: @escaping (String) -> Void) {
        self.isTerminal = isTerminal
        self.write = write
    }

    public func epochWillBegin(_ run: TrainingRun) {
        lastDrawn = 0
        if run.epochs > 1 { write("Epoch \(run.epoch)/\(run.epochs)\n") }
    }

    public func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) {
        guard isTerminal, report.seconds - lastDrawn > 0.05 else { return }
        lastDrawn = report.seconds
        let done = Double(report.step) / Double(max(1, report.stepsPerEpoch))
        let left = report.seconds / done - report.seconds
        write(
            "\r\u{1b}[K" + Self.bar(report.step, report.stepsPerEpoch) + " \(Self.duration(left))"
                + Self.figures(report.logs.all)
                + Self.rates(report.samples, report.seconds, report.waitSeconds))
    }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) {
        let perStep = report.seconds / Double(max(1, report.steps))
        write(
            (isTerminal ? "\r\u{1b}[K" + Self.bar(report.steps, report.steps) : "\(report.steps)/\(report.steps)")
                + " \(Self.duration(report.seconds)) \(Self.stepTime(perStep))/step" + Self.figures(report.figures)
                + Self.rates(report.samples, report.seconds, report.waitFraction * report.seconds)
                + (report.data.skippedSamples > 0 ? " - skipped \(report.data.skippedSamples) samples" : "") + "\n")
    }

    public func blockWasSkipped(_ error: DataError, _ run: TrainingRun) {
        write((isTerminal ? "\r\u{1b}[K" : "") + "skipped: \(error)\n")
    }

    private static func bar(_ step: Int, _ steps: Int) -> String {
        let width = 20
        let filled = steps > 0 ? width * step / steps : 0
        let digits = String(step)
        let padded = String(repeating: " ", count: max(0, String(steps).count - digits.count)) + digits
        return "\(padded)/\(steps) " + String(repeating: "━", count: filled)
            + String(repeating: "╌", count: width - filled)
    }

    private static func rates(_ samples: Int, _ seconds: Double, _ waited: Double) -> String {
        guard seconds > 0 else { return "" }
        let wait = Int((waited / seconds * 100).rounded())
        return " - \(Int(Double(samples) / seconds)) samples/s - waited \(wait)%"
    }

    private static func figures(_ figures: [(name: String, value: Double)]) -> String {
        figures.map { " - \($0.name): \(format($0.value))" }.joined()
    }

    /// Four decimals, or four digits and an exponent for small values: Keras's format.
    static func format(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        return withUnsafeTemporaryAllocation(of: CChar.self, capacity: 64) { buffer in
            withVaList([value]) {
                _ = vsnprintf(buffer.baseAddress!, 64, abs(value) > 1e-3 || value == 0 ? "%.4f" : "%.4e", $0)
            }
            return String(cString: buffer.baseAddress!)
        }
    }

    private static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite else { return "?" }
        let whole = Int(seconds)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole > 3600 { return "\(whole / 3600):\(two(whole % 3600 / 60)):\(two(whole % 60))" }
        if whole > 60 { return "\(whole / 60):\(two(whole % 60))" }
        return "\(whole)s"
    }

    private static func stepTime(_ seconds: Double) -> String {
        if seconds >= 1 { return "\(Int(seconds.rounded()))s" }
        if seconds >= 1e-3 { return "\(Int((seconds * 1e3).rounded()))ms" }
        return "\(Int((seconds * 1e6).rounded()))us"
    }
}
