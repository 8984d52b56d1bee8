import Foundation
import JSONText

/// Why a case has no figures.
struct CaseFailure: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}

/// The middle value, or the mean of the two in the middle.
func median(_ values: [Double]) -> Double {
    guard !values.isEmpty else { return .nan }
    let sorted = values.sorted()
    let middle = sorted.count / 2
    return sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
}

/// A column of a table: the text and at least one space, `width` characters where it fits.
func pad(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(1, width - text.count))
}

/// A number with so many decimals.
func fixed(_ value: Double, _ decimals: Int) -> String {
    String(format: "%.\(decimals)f", value)
}

extension JSONValue {
    /// The peak memory in a line: the process's own, and its data workers'.
    var peakBytes: Int {
        (self["peak_rss_bytes"]?.integerValue ?? 0) + (self["workers_peak_rss_bytes"]?.integerValue ?? 0)
    }

    /// Writes values as lines of a file.
    static func write(_ lines: [JSONValue], to path: String) throws {
        try Data(lines.map { $0.text() + "\n" }.joined().utf8).write(to: URL(filePath: path))
    }
}
