import Memory

/// The parts of a line of progress, in Keras's form.
package enum ProgressText {
    private static let barWidth = 20

    /// `12/45 ━━━━━━━━━━━━━━━━━━━━`, done in green and the rest in grey; or `     12/Unknown`.
    static func bar(_ step: Int, of steps: Int) -> String {
        guard steps > 0 else { return padded("\(step)", 7) + "/Unknown" }
        let filled = min(barWidth, barWidth * step / steps)
        return "\u{1b}[1m\(padded("\(step)", "\(steps)".count))/\(steps)\u{1b}[0m "
            + (filled > 0 ? "\u{1b}[32m\(String(repeating: "━", count: filled))\u{1b}[0m" : "")
            + "\u{1b}[37m\(String(repeating: "━", count: barWidth - filled))\u{1b}[0m"
    }

    private static func padded(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    /// ` - loss: 0.3421 - accuracy: 0.8750`.
    static func figures(_ figures: [(name: String, value: Double)]) -> String {
        figures.map { " - \($0.name): \(format($0.value))" }.joined()
    }

    /// Four decimals, or four digits and an exponent for small values.
    package static func format(_ value: Double) -> String {
        guard value.isFinite else { return "\(value)" }
        return formatted(value, abs(value) > 1e-3 ? "f" : "e", precision: 4)
    }

    /// ` - 27174 samples/s - waited 3%`.
    static func rates(_ samples: Int, _ seconds: Double, _ waited: Double) -> String {
        guard seconds > 0 else { return "" }
        let share = Int((waited / seconds * 100).rounded())
        return " - \(Int(Double(samples) / seconds)) samples/s - waited \(share)%"
    }

    /// ` - 301.2 MiB of 512.0 MiB` under a cap: the most that was resident.
    static func memory(_ cap: MemoryCap) -> String {
        guard case .cap(let bytes) = cap else { return "" }
        return " - \(ByteCount(ProcessMemory.peakResidentBytes)) of \(bytes)"
    }

    /// `7s`, `1:05` or `2:00:05`.
    package static func duration(_ seconds: Double) -> String {
        guard seconds.isFinite, seconds < 1e9 else { return "?" }
        let whole = Int(seconds)
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if whole > 3600 { return "\(whole / 3600):\(two(whole % 3600 / 60)):\(two(whole % 60))" }
        if whole > 60 { return "\(whole / 60):\(two(whole % 60))" }
        return "\(whole)s"
    }

    /// `2s/step`, `15ms/step` or `310us/step`.
    static func step(_ seconds: Double) -> String {
        if seconds >= 1 || seconds == 0 { return "\(Int(seconds.rounded(.toNearestOrEven)))s/step" }
        if seconds >= 1e-3 { return "\(Int((seconds * 1e3).rounded(.toNearestOrEven)))ms/step" }
        return "\(Int((seconds * 1e6).rounded(.toNearestOrEven)))us/step"
    }

    /// The text's first characters, with `…` where more follow. Sequences that change colours take no room.
    static func cut(_ text: String, to width: Int) -> String {
        var result = ""
        var shown = 0
        var isSequence = false
        var rest = text.unicodeScalars[...]
        while let scalar = rest.popFirst() {
            if scalar == "\u{1b}" || isSequence {
                isSequence = scalar == "\u{1b}" || !scalar.properties.isAlphabetic
            } else {
                shown += 1
                if shown == width, hasVisible(rest) { return result + "…\u{1b}[0m" }
                guard shown <= width else { return result + "\u{1b}[0m" }
            }
            result.unicodeScalars.append(scalar)
        }
        return result
    }

    private static func hasVisible(_ scalars: Substring.UnicodeScalarView) -> Bool {
        var isSequence = false
        for scalar in scalars {
            if scalar == "\u{1b}" || isSequence {
                isSequence = scalar == "\u{1b}" || !scalar.properties.isAlphabetic
            } else {
                return true
            }
        }
        return false
    }
}
