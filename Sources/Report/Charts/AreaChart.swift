/// Areas on each other, with a line beside them and a limit: memory by account over time.
package struct AreaChart {
    /// One area.
    package struct Area {
        package let name: String
        /// The style's class of its colour.
        package let style: String
        /// One height for each x.
        package let heights: [Double]

        package init(_ name: String, style: String, heights: [Double]) {
            (self.name, self.style, self.heights) = (name, style, heights)
        }
    }

    package let title: String
    package let xs: [Double]
    /// From the bottom to the top.
    package let areas: [Area]
    package let line: Area
    /// Nil: none.
    package var limit: (name: String, value: Double)?
    package var remarks: [String] = []

    package init(_ title: String, xs: [Double], areas: [Area], line: Area) {
        (self.title, self.xs, self.areas, self.line) = (title, xs, areas, line)
    }

    /// The upper edges of the areas, the lowest one first.
    package var edges: [[Double]] {
        var sums = [Double](repeating: 0, count: xs.count)
        return areas.map { area in
            for index in sums.indices { sums[index] += area.heights[index] }
            return sums
        }
    }

    /// A limit that is farther away would leave the areas no room.
    private static let farthestLimit = 4.0

    /// The chart as HTML; nil without any moment.
    package var markup: String? {
        guard let last = xs.last, let highest = ((edges.last ?? []) + line.heights).max(), highest > 0 else {
            return nil
        }
        var top = highest
        var remarks = remarks
        var drawnLimit: Double?
        if let limit {
            if limit.value <= highest * Self.farthestLimit {
                top = max(top, limit.value)
                drawnLimit = limit.value
            } else {
                remarks.append("the \(limit.name) of \(NumberText.bytes(limit.value)) lies above the drawing")
            }
        }
        let x = Axis("time", .time, Scale(0, max(last, 0.1)))
        let y = Axis.fitting("", .bytes, 0...top, fromZero: true)
        var keys = areas.reversed().map { ChartFrame.Key(name: $0.name, style: $0.style, isArea: true) }
        keys.append(.init(name: line.name, style: line.style))
        if let limit, drawnLimit != nil { keys.append(.init(name: limit.name, style: "limit")) }
        var hovers = [ChartFrame.Hover(name: line.name, kind: .bytes, values: line.heights)]
        hovers += areas.reversed().map { .init(name: $0.name, kind: .bytes, values: $0.heights) }
        return ChartFrame(
            title: title, remarks: remarks, x: x, y: y, isWide: true, drawing: drawing(x.scale, y.scale, drawnLimit),
            keys: keys, places: xs.map { ($0, NumberText.duration($0)) }, hovers: hovers
        ).markup
    }

    private func drawing(_ x: Scale, _ y: Scale, _ limit: Double?) -> String {
        var text = ""
        // A single moment is drawn as wide as the chart.
        let fractions = xs.count == 1 ? [0, 1] : xs.map(x.fraction)
        func wide(_ values: [Double]) -> [Double] { xs.count == 1 ? values + values : values }
        var below = [Double](repeating: 0, count: fractions.count)
        for (area, edge) in zip(areas, edges.map(wide)) {
            var path = PathText()
            for (place, height) in zip(fractions, edge) { path.add(place, y.fraction(height)) }
            for (place, height) in zip(fractions, below).reversed() { path.add(place, y.fraction(height)) }
            path.close()
            text += "<path class=\"area \(area.style)\" d=\"\(path.text)\"/>"
            below = edge
        }
        var path = PathText()
        for (place, height) in zip(fractions, wide(line.heights)) { path.add(place, y.fraction(height)) }
        text += "<path class=\"line \(line.style)\" d=\"\(path.text)\"/>"
        guard let limit else { return text }
        var edge = PathText()
        edge.add(0, y.fraction(limit))
        edge.add(1, y.fraction(limit))
        return text + "<path class=\"line limit\" d=\"\(edge.text)\"/>"
    }
}
