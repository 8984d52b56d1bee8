import Conversion
import Glibc

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
        let line = progress.text(seconds: (now - stageStart) / .seconds(1))
        write(isTerminal ? "\r\u{1b}[K\(line)" : "\(line)\n")
    }

    /// Leaves the line, so that what follows starts at its own.
    func end() { if isTerminal, lastShown != nil { write("\r\u{1b}[K") } }

    private func write(_ text: String) {
        var text = text
        text.withUTF8 { _ = Glibc.write(2, $0.baseAddress, $0.count) }
    }
}
