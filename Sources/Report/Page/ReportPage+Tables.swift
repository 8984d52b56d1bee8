import Memory

/// What a page says in tables: the memory plan, notes, epochs, settings.
extension ReportPage {
    /// Planned bytes beside measured peaks.
    var planSection: String {
        guard !plan.isEmpty else { return "" }
        let peaks = Dictionary(
            MemoryAccount.allCases.map { ("\($0)", record.peaks[$0.rawValue]) } + [
                ("base", Int(record.memory.peakBase))
            ]
        ) { first, _ in first }
        func bytes(_ count: Int?) -> String { count.map { NumberText.bytes(Double($0)) } ?? "–" }
        func row(_ name: String, _ planned: Int?, _ found: Int?, _ style: String = "") -> String {
            let isOver = if let planned, let found { found > planned } else { false }
            return "<tr\(style)><th scope=\"row\">\(name.escaped)</th><td class=\"n\">\(bytes(planned))</td>"
                + "<td class=\"n\(isOver ? " over" : "")\">\(bytes(found))</td></tr>\n"
        }
        var rows = plan.map { row($0.name, $0.bytes, peaks[$0.name]) }.joined()
        rows += row(
            "the whole process", plan.reduce(0) { $0 + $1.bytes }, record.peakResident, " class=\"sum\"")
        if let cap { rows += row("cap", cap, nil) }
        return "<h2>Memory plan</h2>\n<div class=\"card\"><div class=\"scroll\"><table><thead><tr><th>account</th>"
            + "<th class=\"n\">planned</th><th class=\"n\">measured peak</th></tr></thead>"
            + "<tbody>\n\(rows)</tbody></table>"
            + "</div>\n" + planRemarks.map { "<p class=\"below\">\($0.escaped)</p>\n" }.joined() + "</div>\n"
    }

    /// What callbacks and the data said.
    var notesSection: String {
        var notes = record.notes.first
        if record.notes.omitted > 0 { notes.append("… \(NumberText.count(record.notes.omitted)) notes left out …") }
        notes += record.notes.last
        if record.skippedBlocks > 0 || record.skippedSamples > 0 {
            let blocks = record.skippedBlocks == 1 ? "1 block" : "\(NumberText.count(record.skippedBlocks)) blocks"
            notes.append("skipped in all: \(blocks), \(NumberText.count(record.skippedSamples)) samples")
        }
        if let text = missing(record.batchLoss, "update") { notes.append("loss of batches: \(text)") }
        if record.figures.omitted > 0 { notes.append("\(record.figures.omitted) more figures are left out here") }
        guard !notes.isEmpty else { return "" }
        return "<h2>Notes</h2>\n<ul class=\"card notes\">\n" + notes.map { "<li>\($0.escaped)</li>\n" }.joined()
            + "</ul>\n"
    }

    /// Columns of the table of epochs; a page is no place for more.
    private static let mostColumns = 32

    /// All figures by epoch.
    var epochSection: String {
        let rows = record.figures.rows
        guard !rows.isEmpty else { return "" }
        let names = Array(record.figures.names.prefix(Self.mostColumns))
        let costs: [(name: String, text: (Double) -> String)] = [
            ("seconds", { NumberText.rate($0) }), ("samples_per_second", { NumberText.rate($0) }),
            ("wait_fraction", { NumberText.share($0) }),
        ]
        var text = "<h2>Epochs</h2>\n<details class=\"card\"\(rows.count <= 20 ? " open=\"open\"" : "")>"
        text += "<summary>Figures of \(rows.count == 1 ? "the epoch" : "all epochs")</summary>"
        text += "<div class=\"scroll\"><table><thead><tr><th>epoch</th>"
        for name in names { text += "<th class=\"n\">\(name.escaped)</th>" }
        for name in ["seconds", "samples/s", "waited"] { text += "<th class=\"n\">\(name)</th>" }
        text += "</tr></thead><tbody>\n"
        for row in rows {
            let label = row.count == 1 ? "\(row.lowerBound)" : "\(row.lowerBound)–\(row.upperBound - 1)"
            text += "<tr><th scope=\"row\">\(label)</th>"
            for name in names {
                let value = record.figures.value(name, in: row)
                text += "<td class=\"n\">\(value.map(NumberText.figure) ?? "–")</td>"
            }
            for cost in costs {
                text += "<td class=\"n\">\(record.costs.value(cost.name, in: row).map(cost.text) ?? "–")</td>"
            }
            text += "</tr>\n"
        }
        text += "</tbody></table></div>"
        if rows.contains(where: { $0.count > 1 }) {
            text += "<p class=\"below\">Rows of several epochs have the means of them.</p>"
        }
        return text + "</details>\n"
    }

    /// What was trained, on what, how, and where.
    var settingsSection: String {
        var text = "<h2>Settings</h2>\n<section class=\"grid2\">\n"
        for table in settings where !table.rows.isEmpty {
            text += "<div class=\"card\"><h3>\(table.title.escaped)</h3><table class=\"pairs\"><tbody>\n"
            for row in table.rows {
                text += "<tr><th scope=\"row\">\(row.name.escaped)</th><td>\(row.value.escaped)</td></tr>\n"
            }
            text += "</tbody></table></div>\n"
        }
        if let layers { text += layers.markup }
        return text + "</section>\n"
    }
}
