import JSONText
import Millrace

/// What all rounds over one file have measured.
struct LoaderFigures {
    /// A process of its own that measures something about the file.
    struct Case {
        let name: String

        /// Of `run-loader` for ours, of the script for others.
        let arguments: [String]

        /// The script, or nil for ours.
        let script: String?

        /// Whether the best of these is what ours is compared with. The others are there as information: past HDF5, or
        /// naive.
        var isCompared = false

        static let oneWorker = Case(name: "millrace, 1 worker", arguments: ["--workers", "1"], script: nil)
        static let twoWorkers = Case(name: "millrace, 2 workers", arguments: ["--workers", "2"], script: nil)
        static let ours = Case(name: "millrace", arguments: [], script: nil)
        static let codec = Case(name: "codec-limit", arguments: [], script: "codec_limit.py")

        static func peer(_ name: String, isCompared: Bool) -> Case {
            Case(name: name, arguments: ["--peer", name], script: "loader_peers.py", isCompared: isCompared)
        }

        static let all =
            [ours, oneWorker, twoWorkers, codec]
            + ["h5py-expert", "pytorch", "keras"].map { peer($0, isCompared: true) }
            + ["h5py-direct", "pytorch-naive"].map { peer($0, isCompared: false) }
    }

    /// The lines of each case, by its name.
    private(set) var lines: [String: [JSONValue]] = [:]

    mutating func add(_ line: JSONValue, of measured: Case) { lines[measured.name, default: []].append(line) }

    /// The median over rounds of a field; nil without lines.
    func median(_ field: String, of measured: Case) -> Double? {
        let values = (lines[measured.name] ?? []).compactMap { $0[field]?.doubleValue }
        return values.isEmpty ? nil : millrace_benchmark.median(values)
    }

    func speed(of measured: Case) -> Double? { median("rows_per_second", of: measured) }

    /// A text of the newest line.
    func text(_ field: String, of measured: Case) -> String? { lines[measured.name]?.last?[field]?.stringValue }

    /// The largest peak over rounds.
    func peak(of measured: Case) -> ByteCount { ByteCount((lines[measured.name] ?? []).map(\.peakBytes).max() ?? 0) }

    /// The fastest of the peers that ours is compared with.
    var bestPeer: Case? {
        Case.all.filter { $0.isCompared && speed(of: $0) != nil }.max { speed(of: $0)! < speed(of: $1)! }
    }

    /// Ours to the best peer, rows per second; nil when one of them is missing.
    var ratio: Double? { Self.quotient(speed(of: .ours), bestPeer.flatMap { speed(of: $0) }) }

    /// Rows per second with two workers to those with one.
    var scaling: Double? { Self.quotient(speed(of: .twoWorkers), speed(of: .oneWorker)) }

    /// Our decoding on one core to the codec's own, bytes per second of processor time.
    var decodingShare: Double? {
        Self.quotient(
            median("decoding_bytes_per_core_second", of: .oneWorker), median("decoded_bytes_per_second", of: .codec))
    }

    /// The whole stream of one worker (decoding, shuffling, conversion) to the codec alone, bytes per second.
    var streamShare: Double? {
        Self.quotient(
            median("decoded_bytes_per_second", of: .oneWorker), median("decoded_bytes_per_second", of: .codec))
    }

    /// What is wrong when loaders did not deliver the same labels; nil when all is well.
    var disagreement: String? {
        let sums = lines.flatMap { name, lines in lines.compactMap { line in line["label_sum"]?.integerValue } }
        return Set(sums).count > 1
            ? "expected the same labels from all, found sums \(Set(sums).sorted().map(String.init).joined(separator: ", "))"
            : nil
    }

    private static func quotient(_ numerator: Double?, _ denominator: Double?) -> Double? {
        guard let numerator, let denominator else { return nil }
        return numerator / denominator
    }

    /// The ratios as a line of JSON.
    func summary(of file: String) -> JSONValue {
        func number(_ value: Double?) -> JSONValue { value.map(JSONValue.number) ?? .null }
        return .object([
            "event": .string("summary"), "file": .string(file), "rows_per_second": number(speed(of: .ours)),
            "best_peer": bestPeer.map { .string($0.name) } ?? .null,
            "best_peer_rows_per_second": number(bestPeer.flatMap { speed(of: $0) }),
            "ratio_to_best_peer": number(ratio), "scaling_1_to_2_workers": number(scaling),
            "decoding_share_of_codec": number(decodingShare), "stream_share_of_codec": number(streamShare),
            "peak_rss_bytes": .integer(peak(of: .ours).bytes),
        ])
    }
}
