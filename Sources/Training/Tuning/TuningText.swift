import Memory

/// Numbers as the tuner's sentences have them.
enum TuningText {
    /// `61,000`: three digits count.
    static func count(_ value: Double) -> String {
        guard value.isFinite, value < 1e15 else { return "any number of" }
        guard value >= 100 else { return value >= 10 ? "\(Int(value.rounded()))" : decimal(value) }
        var unit = 1.0
        while value / unit >= 1000 { unit *= 10 }
        var digits = String(Int((value / unit).rounded() * unit))
        var groups: [String] = []
        while digits.count > 3 {
            groups.insert(String(digits.suffix(3)), at: 0)
            digits.removeLast(3)
        }
        return ([digits] + groups).joined(separator: ",")
    }

    /// `0.25`: two decimals.
    static func decimal(_ value: Double) -> String {
        let hundredths = Int((value * 100).rounded())
        return "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)"
    }

    /// `3 %`.
    static func percent(_ share: Double) -> String { "\(Int((share * 100).rounded())) %" }

    /// `1 worker`, `2 workers`.
    static func plural(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }

    /// A size as options take it: whole mebibytes or kibibytes where it is some, never more than `bytes`.
    static func option(_ bytes: Int) -> String {
        if bytes >= 4 << 20 { return "\(bytes >> 20)MiB" }
        return bytes >= 4 << 10 ? "\(bytes >> 10)KiB" : "\(bytes)"
    }

    /// So many bytes, or a few more: what `option` writes without loss.
    static func wholeUnits(_ bytes: Int) -> Int {
        let unit = bytes >= 4 << 20 ? 1 << 20 : bytes >= 4 << 10 ? 1 << 10 : 1
        return (bytes + unit - 1) / unit * unit
    }

    /// `2 workers, 1 thread` in words for a table.
    static func split(_ split: ThreadSplit, cores: Int) -> String {
        let workers = split.decodeWorkers.map { plural($0, "worker") } ?? "1 to \(plural(cores, "worker"))"
        return "\(workers), \(plural(split.computeThreads, "thread"))"
    }
}
