/// What a user asks of the readers of files; every reader takes its part.
package struct RowInputOptions: Sendable, Hashable {
    /// Columns that are a model's inputs, by their names in the files; empty for all. `name=stored` renames one.
    package var x: [String] = []

    /// Columns that are a model's targets, likewise; of CSV files the label column.
    package var y: [String] = []

    /// A column of a weight for each row.
    package var sampleWeight: String?

    /// How CSV files are read.
    package var csv = CSVOptions()

    /// Whether samples of WebDataset archives keep their keys, as the text column `__key__`.
    package var keepsKeys = false

    /// Whether files that are pickles, which only Python can read, are kept as bytes instead of refused.
    package var keepsPickles = false

    /// The defaults.
    package init() {}

    /// What the options say, as text for fingerprints.
    var summary: String {
        "x=\(x) y=\(y) weight=\(sampleWeight ?? "-") keys=\(keepsKeys) pickles=\(keepsPickles) \(csv.summary)"
    }
}

/// The names of columns as a user asks for them: chosen, and given new names.
struct ColumnRenaming {
    /// Stored names in the order of the request, and the names they get; nil for all columns as they are.
    let chosen: [(stored: String, name: String)]?

    /// `new=stored` gives a name. A single `x`, a single `y` and the weight without a name become `x`, `y` and
    /// `sample_weight`, which training finds by itself; several keep their names.
    init(_ options: RowInputOptions) {
        var chosen: [(stored: String, name: String)] = []
        func add(_ names: [String], role: String) {
            for text in names {
                let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
                if parts.count == 2, !parts[0].isEmpty {
                    chosen.append((String(parts[1]), String(parts[0])))
                } else {
                    chosen.append((text, names.count == 1 ? role : text))
                }
            }
        }
        add(options.x, role: "x")
        add(options.y, role: "y")
        add(options.sampleWeight.map { [$0] } ?? [], role: "sample_weight")
        self.chosen = chosen.isEmpty ? nil : chosen
    }
}
