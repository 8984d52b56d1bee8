import Conversion
import Glibc
import Memory

/// Progress of a conversion on standard error: one line that is redrawn on a terminal, a line every ten seconds elsewhere.
final class ConversionProgressLine {
    private let isTerminal = isatty(2) != 0
    private let start = ContinuousClock.now
    private var stageStart = ContinuousClock.now
    private var stage: ConversionProgress.Stage?
    private var lastShown: ContinuousClock.Instant?

    /// Shows how far it is, if the last time is long enough ago.
    func show(_ progress: ConversionProgress) {
        let now = ContinuousClock.now
        if stage != progress.stage {
            stage = progress.stage
            stageStart = now
            lastShown = isTerminal ? nil : now
        }
        if let lastShown, now - lastShown < (isTerminal ? .milliseconds(100) : .seconds(10)) { return }
        lastShown = now
        let line = Self.text(progress, seconds: (now - stageStart) / .seconds(1))
        write(isTerminal ? "\r\u{1b}[K\(line)" : "\(line)\n")
    }

    /// Leaves the line, so that what follows starts at its own.
    func end() { if isTerminal, lastShown != nil { write("\r\u{1b}[K") } }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    }

    /// `converting: 120000 of 1000000 rows, 12300 rows/s, 45.2 MiB/s, 1:12 left`.
    static func text(_ progress: ConversionProgress, seconds: Double) -> String {
        let name =
            switch progress.stage {
            case .converting: "converting"
            case .shuffling: "shuffling, pass 1 of 2"
            case .writing: "shuffling, pass 2 of 2"
            }
        var text = "\(name): \(progress.rows)" + (progress.allRows.map { " of \($0)" } ?? "") + " rows"
        if seconds > 0 {
            text += ", \(Int(Double(progress.rows) / seconds)) rows/s"
            text += ", \(ByteCount(Int(Double(progress.inputBytes) / seconds)))/s"
        }
        let share =
            progress.allRows.map { Double(progress.rows) / Double(max(1, $0)) }
            ?? progress.allInputBytes.map { Double(progress.inputBytes) / Double(max(1, $0)) }
        if let share, share > 0.001, seconds > 0 {
            let left = Int((seconds / share - seconds).rounded())
            let rest = left % 60
            text += ", \(left / 60):\(rest < 10 ? "0" : "")\(rest) left"
        }
        if progress.rejectedRows > 0 { text += ", \(progress.rejectedRows) rows left out" }
        return text
    }
}
