/// Settings that belong together.
package struct SettingsTable: Equatable {
    /// A setting with its value, as text.
    package struct Row: Equatable {
        package let name: String
        package let value: String
    }

    /// Lists of files may be long.
    private static let longest = 1000

    package let title: String
    package private(set) var rows: [Row] = []

    package init(_ title: String) { self.title = title }

    /// Adds a setting; nothing where there is none. A long one is cut.
    package mutating func add(_ name: String, _ value: String?) {
        guard let value, !value.isEmpty else { return }
        let text = value.count > Self.longest ? value.prefix(Self.longest - 1) + "…" : value
        rows.append(Row(name: name, value: text))
    }
}
