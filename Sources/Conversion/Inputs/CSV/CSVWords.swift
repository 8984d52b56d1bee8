/// Words that fields of CSV files have instead of numbers.
package enum CSVWords {
    /// Missing values, beside the empty field: those of pandas.
    package static let missing: Set<String> = [
        "", "NA", "N/A", "n/a", "NaN", "nan", "-NaN", "-nan", "null", "NULL", "None", "#N/A", "#NA", "<NA>",
    ]
    private static let longestMissing = 4

    private static let truths: [String: Bool] = [
        "true": true, "false": false, "True": true, "False": false, "TRUE": true, "FALSE": false, "yes": true,
        "no": false, "Yes": true, "No": false,
    ]

    /// Whether a field has no value.
    package static func isMissing(_ field: UnsafeBufferPointer<UInt8>) -> Bool {
        guard let first = field.first else { return true }
        // Most fields are numbers, for which no string is made.
        if first &- 0x30 < 10 || field.count > longestMissing + 9 { return false }
        let text = String(decoding: field.prefix(longestMissing + 9), as: UTF8.self)
        return missing.contains(text.filter { $0 != " " && $0 != "\t" })
    }

    /// The truth value of a word; numbers are none here.
    package static func truth(_ field: UnsafeBufferPointer<UInt8>) -> Bool? {
        guard field.count <= 5 else { return nil }
        return truths[String(decoding: field, as: UTF8.self)]
    }
}
