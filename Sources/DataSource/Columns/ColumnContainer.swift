/// A file or a dataset in which columns are looked for by name.
protocol ColumnContainer {
    /// The path, for messages.
    var path: String { get }

    /// What the whole is, and what a column is called in it, for messages: "file" and "dataset".
    var noun: String { get }
    var columnNoun: String { get }

    /// Everything in it, in the order in which it is listed. Taking the list may take time.
    func candidates() throws(DataError) -> [ColumnCandidate]

    /// Throws when there is no such column or its rows cannot be had, with what there is.
    func check(_ name: String) throws(DataError)
}

extension ColumnContainer {
    /// What it holds, a line each, for the end of a message.
    func contents() throws(DataError) -> String {
        let lines = try candidates().map { "  \($0.text)" }
        return "The \(noun) holds\n" + (lines.isEmpty ? "  no \(columnNoun)s" : lines.joined(separator: "\n"))
    }
}

/// Something in a container that may be a column.
struct ColumnCandidate {
    /// The name without a slash in front.
    let name: String

    /// All extents, the rows in front; empty for a single value.
    let shape: [Int]

    /// Whether rows are numbers, or become numbers.
    let isColumn: Bool

    /// How messages list it.
    let text: String

    var rowCount: Int? { shape.first }
}
