import NeuralNetwork

/// The layers of a model.
package struct LayerTable {
    /// Layers that are listed; deeper models say how many more they have.
    private static let most = 400

    private let rows: [Model.LayerSummary]

    package init(_ rows: [Model.LayerSummary]) { self.rows = rows }

    package var markup: String {
        var text = "<details class=\"card wide\"\(rows.count <= 16 ? " open=\"open\"" : "")>"
        text += "<summary>\(rows.count) layers</summary><div class=\"scroll\"><table><thead><tr><th>layer</th>"
        text += "<th>kind</th><th>output shape</th><th class=\"n\">parameters</th></tr></thead><tbody>\n"
        for row in rows.prefix(Self.most) {
            text += "<tr><th scope=\"row\">\(row.name.escaped)</th><td>\(row.kind.escaped)</td>"
            text += "<td>\(row.extentsText.escaped)</td><td class=\"n\">\(NumberText.count(row.parameters))</td></tr>\n"
        }
        text += "</tbody></table></div>"
        if rows.count > Self.most { text += "<p class=\"below\">and \(rows.count - Self.most) more</p>" }
        return text + "</details>\n"
    }
}
