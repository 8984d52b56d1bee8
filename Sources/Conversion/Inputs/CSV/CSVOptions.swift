package import Memory

/// How CSV files are read. Columns are named as in the header, or `column_0`, `column_1`, … without one.
package struct CSVOptions: Sendable, Hashable {
    /// What becomes of a missing number: an empty field, or one of the words of `CSVWords.missing`.
    package enum Missing: Sendable, Hashable {
        /// NaN in columns of floating point numbers; in others the row is bad.
        case nan
        /// The row is bad.
        case fail
        /// The row is left out, as pandas' `dropna` does, and does not count as bad.
        case skip
        /// This number.
        case value(Double)
    }

    /// The type that a column was declared to have.
    package enum ColumnType: Sendable, Hashable {
        case number(ScalarType)
        case text
        /// Strings that are numbered in the order of their bytes.
        case classes

        /// Reads `float32`, `text`, `classes`; nil for anything else.
        package init?(name: String) {
            switch name {
            case "text": self = .text
            case "classes": self = .classes
            default:
                guard let type = ScalarType(rawValue: name) else { return nil }
                self = .number(type)
            }
        }
    }

    /// What separates fields; nil: a tabulator in `.tsv` files, else the most frequent of `,` `;` tabulator and `|` in
    /// the first line.
    package var delimiter: UInt8?

    /// Whether the first record names the columns; nil: it does when none of its fields is a number, or one that is not
    /// stands above numbers only.
    package var hasHeader: Bool?

    /// Types by column name; others are inferred from the first rows.
    package var types: [String: ColumnType] = [:]

    /// What becomes of missing numbers.
    package var missing = Missing.nan

    /// Whether all columns but the label and the weight become one column `x` of float32 vectors; nil: when all of them
    /// are numbers and a label or `x` was named.
    package var joinsFeatures: Bool?

    /// Rows from which types are inferred.
    package var sampleRows = 1000

    /// The defaults.
    package init() {}

    /// Everything, as text for fingerprints.
    var summary: String {
        let types = types.sorted { $0.key < $1.key }.map { "\($0.key):\($0.value)" }.joined(separator: ",")
        let delimiter = delimiter.map { "\($0)" } ?? "auto"
        let header = hasHeader.map { "\($0)" } ?? "auto"
        let joins = joinsFeatures.map { "\($0)" } ?? "auto"
        return
            "delimiter=\(delimiter) header=\(header) types=\(types) missing=\(missing) join=\(joins) sample=\(sampleRows)"
    }
}
