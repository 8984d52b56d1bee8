import Conversion
import Memory
import Shards

/// What a conversion prints at its end.
enum ConversionSummary {
    static func text(of summary: Converter.Summary, at path: String) -> String {
        let manifest = summary.manifest
        guard !summary.wasComplete else {
            return "\(path) is whole: \(manifest.rowCount) rows in \(manifest.shards.count) shards; nothing to resume"
        }
        var lines = [
            "\(path): \(manifest.rowCount) rows in \(manifest.shards.count) shards, \(ByteCount(manifest.byteCount)) "
                + "(\(ratio(of: manifest)) of \(ByteCount(contentBytes(of: manifest))))"
        ]
        if manifest.shuffle.policy != "none", let quality = quality(of: manifest.shuffle) {
            lines.append("  shuffled: \(quality)")
        }
        if summary.rejectedRows > 0 {
            lines.append("  \(summary.rejectedRows) rows left out, all named in \(path)/rejected.txt:")
            lines += summary.rejected.map { "    \($0)" }
        }
        lines.append("  peak memory \(ByteCount(ProcessMemory.peakResidentBytes))")
        return lines.joined(separator: "\n")
    }

    /// What was measured of the order of rows, and why classes were not; nil where a manifest says nothing of it.
    static func quality(of shuffle: ShardManifest.Shuffle) -> String? {
        var figures: [String] = []
        if let order = shuffle.order {
            figures.append(
                "\(rounded(order.chi2PerDegree)) of \(order.ranges) ranges of the input per \(order.batchRows) rows")
        }
        if let classes = shuffle.chi2PerDegree { figures.append("\(rounded(classes)) of class counts per 256 rows") }
        let measured = figures.isEmpty ? nil : "measured χ²/df \(figures.joined(separator: ", ")) (1 is uniform)"
        let gap = shuffle.unmeasured.map { "classes not measured: \($0)" }
        let parts = [measured, gap].compactMap { $0 }
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// Bytes before compression.
    static func contentBytes(of manifest: ShardManifest) -> Int {
        manifest.statistics.reduce(0) { $0 + $1.contentBytes }
    }

    /// Stored bytes as a share of those before compression: `34.5 %`.
    static func ratio(of manifest: ShardManifest) -> String {
        percent(manifest.byteCount, of: contentBytes(of: manifest))
    }

    static func percent(_ part: Int, of whole: Int) -> String {
        "\((1000 * Double(part) / Double(max(1, whole))).rounded() / 10) %"
    }

    /// Four significant digits, as people read figures.
    static func rounded(_ value: Double) -> String {
        guard value.isFinite, value != 0 else { return "\(value)" }
        var factor = 1.0
        while abs(value) * factor < 1000 && factor < 1e15 { factor *= 10 }
        return "\((value * factor).rounded() / factor)"
    }
}
