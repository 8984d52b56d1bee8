import Glibc
import Memory
import Training

/// Numbers as axes and tables show them.
package enum NumberText {
    /// A number on an axis whose marks are `step` apart: as many decimals as the step needs, `12k` and `1.5M` for large
    /// ones, an exponent for very small ones.
    package static func axis(_ value: Double, step: Double) -> String {
        let value = abs(value) < step * 1e-6 ? 0 : value
        guard value != 0 else { return "0" }
        if abs(value) >= 1e15 { return formatted(value, "g", precision: 3) }
        for (unit, factor) in [("G", 1e9), ("M", 1e6), ("k", 1e3)] where abs(value) >= max(factor, 10_000) {
            return fixed(value / factor, step: step / factor) + unit
        }
        if step < 1e-4, abs(value) < 1e-3 { return power(value) }
        return fixed(value, step: step)
    }

    private static func fixed(_ value: Double, step: Double) -> String {
        let decimals = Int(max(0, min(9, -floor(log10(step) + 1e-9))))
        return formatted(value, "f", precision: decimals)
    }

    /// `0.001`, `30`, `2e-5`: for numbers that are far apart.
    package static func power(_ value: Double) -> String {
        guard value != 0, abs(value) < 1e-3 || abs(value) >= 1e5 else { return formatted(value, "g", precision: 3) }
        var exponent = Int(floor(log10(abs(value)) + 1e-9))
        var digits = (value / pow(10, Double(exponent)) * 100).rounded() / 100
        if abs(digits) >= 10 {
            digits /= 10
            exponent += 1
        }
        return "\(formatted(digits, "g", precision: 3))e\(exponent)"
    }

    /// Five significant digits.
    static func digits(_ value: Double) -> String { formatted(value, "g", precision: 5) }

    /// A figure in Keras's format: four decimals, or an exponent.
    package static func figure(_ value: Double) -> String { ProgressText.format(value) }

    /// `1,437`.
    package static func count(_ value: Int) -> String {
        var digits = String(value.magnitude)
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return (value < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
    }

    /// `96 MiB`, `1.5 GiB`.
    package static func bytes(_ value: Double) -> String {
        guard value >= 1024, value < 0x1p62 else { return "\(Int(max(0, min(value, 1023)))) B" }
        let text = ByteCount(Int(value)).description
        return text.replacing(".0 ", with: " ")
    }

    /// `12.3 %`.
    package static func share(_ value: Double) -> String { formatted(value * 100, "f", precision: 1) + " %" }

    /// `27,174` for large rates, `3.52` for small ones.
    package static func rate(_ value: Double) -> String {
        guard value.isFinite, abs(value) < 1e15 else { return "\(value)" }
        return abs(value) >= 100 ? count(Int(value.rounded())) : formatted(value, "g", precision: 3)
    }

    /// `320 ms`, `2.5 s`, `1:05`, `2:00:05`.
    package static func duration(_ seconds: Double) -> String {
        if seconds < 1 { return "\(Int((max(0, seconds) * 1000).rounded())) ms" }
        return seconds < 60 ? formatted(seconds, "f", precision: 1) + " s" : ProgressText.duration(seconds)
    }

    /// A time on an axis whose marks are `step` seconds apart.
    package static func time(_ seconds: Double, step: Double, longest: Double) -> String {
        let whole = Int(min(seconds, 1e15).rounded())
        func two(_ value: Int) -> String { value < 10 ? "0\(value)" : "\(value)" }
        if seconds < step / 2 { return "0" }
        if longest < 60 || step < 1 { return axis(seconds, step: step) + " s" }
        if step < 60 { return "\(whole / 60):\(two(whole % 60))" }
        if step < 3600 { return longest < 3600 ? "\(whole / 60) min" : "\(whole / 3600):\(two(whole % 3600 / 60)) h" }
        return step < 86_400 ? "\(whole / 3600) h" : "\(whole / 86_400) d"
    }
}
