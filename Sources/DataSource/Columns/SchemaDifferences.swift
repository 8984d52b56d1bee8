/// What is different in parts that are to be one dataset: collected over all of them, so that one error names it all.
struct SchemaDifferences {
    /// The part that the others are compared with.
    let reference: String

    private var lines: [String: [String]] = [:]
    private var order: [String] = []

    /// Parts that an error describes; further ones are counted.
    private static let mostParts = 10

    init(reference: String) { self.reference = reference }

    /// Notes a difference of `part` in `column`.
    mutating func add(_ part: String, _ column: String, expected: String, found: String) {
        if lines[part] == nil { order.append(part) }
        lines[part, default: []].append("  \(part): \(column): expected \(expected); found \(found)")
    }

    /// Notes how the columns of `part` differ from those of the reference.
    mutating func compare(_ part: String, _ columns: [ColumnInfo], with expected: [ColumnInfo], role: String) {
        for (column, expected) in zip(columns, expected) {
            if column.name != expected.name {
                add(part, "\(role) \(column.name)", expected: expected.name, found: column.name)
            } else if column.type != expected.type || column.rowShape != expected.rowShape
                || column.conversion != expected.conversion || column.padding != expected.padding
            {
                add(part, column.name, expected: expected.summary, found: column.summary)
            }
        }
        if columns.count != expected.count {
            func names(_ columns: [ColumnInfo]) -> String {
                columns.isEmpty ? "none" : "\(columns.count) (\(columns.map(\.name).joined(separator: ", ")))"
            }
            add(part, "\(role)s", expected: names(expected), found: names(columns))
        }
    }

    /// Throws when there is a difference.
    ///
    /// - Parameter count: the parts that were looked at.
    func check(of count: Int) throws(DataError) {
        guard !order.isEmpty else { return }
        var text = order.prefix(Self.mostParts).flatMap { lines[$0] ?? [] }
        if order.count > Self.mostParts { text.append("  and \(order.count - Self.mostParts) more") }
        throw DataError(
            "\(order.count) of \(count) parts of the dataset differ from the first, \(reference):\n"
                + text.joined(separator: "\n"))
    }
}
