import JSONText
import Millrace

/// What all rounds of one task have measured.
struct ShardFigures {
    let task: ShardTask

    /// The lines of each case, by its name.
    private var lines: [String: [JSONValue]] = [:]

    init(_ task: ShardTask) { self.task = task }

    mutating func add(_ line: JSONValue, of name: String) { lines[name, default: []].append(line) }

    /// The median over rounds of a field; nil without lines.
    func median(_ field: String, of name: String) -> Double? {
        let values = (lines[name] ?? []).compactMap { $0[field]?.doubleValue }
        return values.isEmpty ? nil : millrace_benchmark.median(values)
    }

    func speed(of name: String) -> Double? { median("rows_per_second", of: name) }

    /// The way that the first round has found to be a peer's fastest.
    func variant(of name: String) -> String? { lines[name]?.last?["variant"]?.stringValue }

    /// The largest peak over rounds, of all processes together.
    func peak(of name: String) -> ByteCount { ByteCount((lines[name] ?? []).map(\.peakBytes).max() ?? 0) }

    /// Cases that have run, the fastest first.
    var ranked: [String] {
        task.cases.map(\.name).filter { speed(of: $0) != nil }.sorted { speed(of: $0)! > speed(of: $1)! }
    }

    /// The fastest of the peers that ours is compared with.
    var bestPeer: String? {
        ranked.first { name in task.cases.contains { $0.name == name && $0.isCompared } }
    }

    /// Ours to the best peer, rows per second; nil when one of them is missing.
    var ratio: Double? {
        guard let ours = speed(of: ShardTask.ours), let theirs = bestPeer.flatMap({ speed(of: $0) }) else { return nil }
        return ours / theirs
    }

    /// What is wrong when not all had the same rows; nil when all is well.
    var disagreement: String? {
        let found = lines.flatMap { name, lines in
            lines.map { "\($0["rows"]?.integerValue ?? -1) rows of sum \($0["check"]?.integerValue ?? -1)" }
        }
        // Conversions whose files another task reads are checked there.
        let checked = Set(found).filter { !$0.hasSuffix("sum -1") }
        return checked.count > 1
            ? "expected the same rows from all, found \(checked.sorted().joined(separator: "; "))" : nil
    }

    /// The ratio as a line of JSON.
    var summary: JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
        return .object([
            "event": .string("summary"), "task": .string(task.name),
            "rows_per_second": number(speed(of: ShardTask.ours)),
            "best_peer": bestPeer.map { .string($0) } ?? .null,
            "best_peer_rows_per_second": number(bestPeer.flatMap { speed(of: $0) }),
            "ratio_to_best_peer": number(ratio),
            "chi2_per_df": number(median("chi2_per_df", of: ShardTask.ours)),
            "peak_rss_bytes": .integer(peak(of: ShardTask.ours).bytes),
        ])
    }
}
