/// Lines over a counted axis. Where a point stands for several figures a band from the least to the greatest is drawn,
/// and the line is their mean; where none is a number the line has a gap.
package struct LineChart {
    /// One line.
    package struct Line {
        package let name: String
        /// The style's class of its colour.
        package let style: String
        package let points: [ChartPoint]
        /// Whether the range of points that stand for several figures is drawn.
        package let hasBand: Bool

        package init(_ name: String, style: String, points: [ChartPoint], hasBand: Bool = true) {
            (self.name, self.style, self.points, self.hasBand) = (name, style, points, hasBand)
        }
    }

    package let title: String
    package let lines: [Line]
    package let xName: String
    package let xKind: AxisKind
    package let yKind: AxisKind
    package var remarks: [String] = []
    /// Whether points stand for several places of the axis.
    package var isMerged = false
    /// What a point stands for then, for example `64 updates`.
    package var span = ""
    package var fromZero = false
    package var mayBeLogarithmic = false

    package init(
        _ title: String, _ lines: [Line], by xName: String, _ xKind: AxisKind, of yKind: AxisKind
    ) {
        (self.title, self.lines, self.xName, self.xKind, self.yKind) = (title, lines, xName, xKind, yKind)
    }

    /// Lines with fewer points have dots, so that each can be seen.
    private static let mostDots = 40

    /// The chart as HTML; nil without any number to draw.
    package var markup: String? { frame?.markup }

    var frame: ChartFrame? {
        let shown = lines.filter { $0.points.contains { $0.mean != nil } }
        let known = shown.flatMap(\.points).filter { $0.mean != nil }
        guard let low = known.map(\.low).min(), let high = known.map(\.high).max() else { return nil }
        let all = lines.flatMap(\.points)
        guard let first = all.map(\.x).min(), let last = all.map(\.x).max() else { return nil }
        let y = Axis.fitting("", yKind, low...high, fromZero: fromZero, mayBeLogarithmic: mayBeLogarithmic)
        let x = Axis(xName, xKind, Self.xScale(first, last, xKind))
        var remarks = remarks
        if y.scale.isLogarithmic { remarks.insert("logarithmic scale", at: 0) }
        let isBanded = shown.contains { line in line.hasBand && line.points.contains { $0.low < $0.high } }
        if isBanded { remarks.append("each point is the mean of \(span), the band their range") }
        let places = Array(Set(all.map(\.x))).sorted()
        let hovers = shown.map { line in
            let values = Dictionary(line.points.map { ($0.x, $0.mean) }) { $1 }
            return ChartFrame.Hover(name: line.name, kind: yKind, values: places.map { values[$0] ?? nil })
        }
        return ChartFrame(
            title: title, remarks: remarks, x: x, y: y, drawing: shown.map { drawing($0, x.scale, y.scale) }.joined(),
            keys: shown.map { .init(name: $0.name, style: $0.style) },
            places: places.map { ($0, placeLabel($0)) }, hovers: hovers)
    }

    /// Time begins at 0; of counts a single one is in the middle.
    private static func xScale(_ first: Double, _ last: Double, _ kind: AxisKind) -> Scale {
        guard kind == .time else { return first == last ? Scale(first - 0.5, last + 0.5) : Scale(first, last) }
        return Scale(0, max(last, 0.1))
    }

    private func placeLabel(_ x: Double) -> String {
        if xKind == .time { return NumberText.duration(x) }
        guard isMerged else { return "\(xName) \(NumberText.count(Int(x)))" }
        return "about \(xName) \(NumberText.count(Int(x.rounded())))"
    }

    private func drawing(_ line: Line, _ x: Scale, _ y: Scale) -> String {
        var text = ""
        let runs = Self.runs(line.points)
        var band = PathText()
        for run in runs where line.hasBand && run.contains(where: { $0.low < $0.high }) && run.count > 1 {
            for point in run { band.add(x.fraction(point.x), y.fraction(point.high)) }
            for point in run.reversed() { band.add(x.fraction(point.x), y.fraction(point.low)) }
            band.close()
        }
        if !band.text.isEmpty { text += "<path class=\"band \(line.style)\" d=\"\(band.text)\"/>" }
        var path = PathText()
        var dots = PathText()
        for run in runs {
            for point in run { path.add(x.fraction(point.x), y.fraction(point.mean ?? 0)) }
            path.lift()
            guard run.count == 1 || line.points.count <= Self.mostDots else { continue }
            for point in run { dots.dot(x.fraction(point.x), y.fraction(point.mean ?? 0)) }
        }
        text += "<path class=\"line \(line.style)\" d=\"\(path.text)\"/>"
        if !dots.text.isEmpty { text += "<path class=\"dots \(line.style)\" d=\"\(dots.text)\"/>" }
        return text
    }

    /// Points in a row that have a mean: gaps part them.
    package static func runs(_ points: [ChartPoint]) -> [[ChartPoint]] {
        points.split { $0.mean == nil }.map(Array.init)
    }
}
