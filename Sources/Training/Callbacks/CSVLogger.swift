import Memory

/// Writes the figures of every epoch into a CSV file, as Keras's callback of this name does, byte for byte in its form.
///
/// The columns are `epoch`, counted from 0, then the figures of the first epoch in alphabetical order. An epoch without one
/// of them has `NA` there. A first epoch that was not validated gets columns for the figures of validation, too. Lines end
/// with CR and LF. A row is on disk before the run goes on; a run that is resumed from a checkpoint drops the rows behind it.
public final class CSVLogger: Callback {
    public let path: String
    public let separator: Character
    /// Whether rows are added to a file that is there; the header is written only when it is empty.
    public let append: Bool
    private var file: AppendedFile?
    private var columns: [String]?
    /// What a checkpoint kept, until the file is open.
    private var restored: CallbackState?

    public init(_ path: String, separator: Character = ",", append: Bool = false) {
        self.path = path
        self.separator = separator
        self.append = append
    }

    public func trainWillBegin(_ run: TrainingRun) throws {
        file = try AppendedFile(path, keepsContent: append)
        columns = nil
        goOn()
    }

    public func epochDidEnd(_ report: inout EpochReport, _ run: TrainingRun) throws {
        guard let file else { return }
        let columns = columns ?? Self.columns(report)
        self.columns = columns
        var text = file.length == 0 ? row(["epoch"] + columns) : ""
        text += row([String(report.epoch - 1)] + columns.map { report[$0].map(pythonText) ?? "NA" })
        try file.append(text)
    }

    public func trainDidEnd(_ run: TrainingRun) { file = nil }

    private static func columns(_ report: EpochReport) -> [String] {
        let names = report.figures.map(\.name).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        return names.contains { $0.hasPrefix("val_") } ? names : names + names.map { "val_" + $0 }
    }

    private func row(_ fields: [String]) -> String {
        fields.map { field in
            guard field.contains(where: { $0 == separator || $0 == "\"" || $0.isNewline }) else { return field }
            return "\"" + field.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"")
                + "\""
        }.joined(separator: String(separator)) + "\r\n"
    }

    public var state: CallbackState {
        get throws {
            var state = CallbackState()
            if let file { state.numbers["length"] = Double(try file.durableLength) }
            if let columns { state.set(columns, "columns") }
            return state
        }
    }

    public func restore(_ state: CallbackState) {
        restored = state
        goOn()
    }

    private func goOn() {
        guard let file, let restored else { return }
        file.goOn(behind: restored.integer("length"))
        columns = restored.texts("columns")
        self.restored = nil
    }
}
