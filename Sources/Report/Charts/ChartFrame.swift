import JSONText

/// What all charts have: title, axes, grid, legend, and the numbers that hovering shows.
///
/// The drawing is an SVG as wide as its column; its text keeps its size and its lines their width, because only an
/// inner drawing is stretched.
struct ChartFrame {
    /// An entry of the legend.
    struct Key {
        let name: String
        /// The style's class of its colour.
        let style: String
        var isArea = false
    }

    /// The numbers of a line for hovering.
    struct Hover {
        let name: String
        let kind: AxisKind
        /// One for each x; nil shows nothing.
        let values: [Double?]
    }

    let title: String
    /// What a reader should know of the drawing: the scale, what a band is, what is left out.
    var remarks: [String] = []
    let x: Axis
    let y: Axis
    var isWide = false
    /// The inner drawing.
    let drawing: String
    let keys: [Key]
    /// The x of hovering, and what each is called.
    let places: [(x: Double, label: String)]
    let hovers: [Hover]

    /// Distances from the axes, in pixels.
    private static let labelGap = 8

    var markup: String {
        var text = "<figure class=\"card chart\(isWide ? " wide" : "")\" data-hover=\"\(hoverText.escaped)\">\n"
        text += "<figcaption><h3>\(title.escaped)</h3>"
        if keys.count > 1 {
            text += "<ul class=\"keys\">"
            for key in keys {
                let kind = key.isArea ? "swatch area" : "swatch"
                text += "<li><span class=\"\(kind) \(key.style)\"></span>\(key.name.escaped)</li>"
            }
            text += "</ul>"
        }
        text += "</figcaption>\n<div class=\"plot\">"
        text += "<svg width=\"100%\" height=\"100%\" role=\"img\" aria-label=\"\(label.escaped)\">"
        text += axes
        text +=
            "<svg x=\"0\" y=\"0\" width=\"100%\" height=\"100%\" viewBox=\"0 0 10000 10000\" "
            + "preserveAspectRatio=\"none\" class=\"inner\">\(drawing)</svg></svg></div>\n"
        if !remarks.isEmpty {
            text += "<p class=\"remark\">\(remarks.map(\.escaped).joined(separator: "; ")).</p>\n"
        }
        return text + "</figure>\n"
    }

    private var label: String { "\(title) by \(x.name): " + keys.map(\.name).joined(separator: ", ") }

    private var axes: String {
        var text = "<g class=\"grid\">"
        for tick in y.ticks {
            let place = percent(1 - y.scale.fraction(tick.value))
            text += "<line x1=\"0\" x2=\"100%\" y1=\"\(place)\" y2=\"\(place)\"/>"
        }
        text += "<line class=\"base\" x1=\"0\" x2=\"100%\" y1=\"100%\" y2=\"100%\"/></g><g class=\"labels\">"
        for tick in y.ticks {
            let place = percent(1 - y.scale.fraction(tick.value))
            text += "<text class=\"y\" x=\"-\(Self.labelGap)\" y=\"\(place)\" dy=\".32em\">\(tick.label.escaped)</text>"
        }
        for tick in x.ticks {
            let place = percent(x.scale.fraction(tick.value))
            text += "<text class=\"x\" x=\"\(place)\" y=\"100%\" dy=\"1.5em\">\(tick.label.escaped)</text>"
        }
        return text + "<text class=\"x name\" x=\"50%\" y=\"100%\" dy=\"2.9em\">\(x.name.escaped)</text></g>"
    }

    private func percent(_ fraction: Double) -> String { "\(Double((fraction * 10_000).rounded()) / 100)%" }

    /// The numbers of hovering, in JSON: places in thousandths of the width, what they are called, and the lines.
    private var hoverText: String {
        let lines = hovers.map { hover in
            JSONValue.object([
                "name": .string(hover.name), "kind": .string(hover.kind.rawValue),
                "values": .array(hover.values.map { $0.map { .number(Self.short($0)) } ?? .null }),
            ])
        }
        return JSONValue.object([
            "at": .array(places.map { .integer(Int((x.scale.fraction($0.x) * 1000).rounded())) }),
            "labels": .array(places.map { .string($0.label) }), "lines": .array(lines),
        ]).text(isStrict: true)
    }

    /// Five significant digits.
    private static func short(_ value: Double) -> Double {
        Double(NumberText.digits(value)) ?? value
    }
}
