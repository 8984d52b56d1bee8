import Report
import Testing

@Suite struct ChartTests {
    private func points(_ values: [Double?]) -> [ChartPoint] {
        values.enumerated().map { index, value in
            ChartPoint(x: Double(index + 1), mean: value, low: value ?? 0, high: value ?? 0)
        }
    }

    /// What a path of the class has in `d`, of each such path.
    private func paths(_ style: String, _ markup: String) -> [String] {
        markup.components(between: "<path class=\"\(style)\" d=\"", and: "\"")
    }

    @Test func `a gap parts a line, and a point alone is a dot`() throws {
        let values: [Double?] = [1, 2, nil, 4, nil, 6, 7] + [Double?](repeating: 5, count: 60)
        let chart = LineChart(
            "loss", [.init("training", style: "s0", points: points(values))], by: "epoch", .count, of: .number)
        #expect(LineChart.runs(points(values)).map(\.count) == [2, 1, 62])
        let markup = try #require(chart.markup)
        let line = try #require(paths("line s0", markup).first)
        #expect(line.filter { $0 == "M" }.count == 3)
        #expect(!line.contains("nan"))
        let dots = try #require(paths("dots s0", markup).first)
        #expect(dots.filter { $0 == "M" }.count == 1)
    }

    @Test func `a line goes from the first point to the last, upwards with its values`() throws {
        let chart = LineChart(
            "loss", [.init("training", style: "s0", points: points([1, 3, 2]))], by: "epoch", .count, of: .number)
        let markup = try #require(chart.markup)
        let line = try #require(paths("line s0", markup).first)
        let numbers = line.split { "ML ".contains($0) }.map { Int($0)! }
        #expect(stride(from: 0, to: 6, by: 2).map { numbers[$0] } == [0, 5000, 10000])
        // The range and 6 % on either side.
        #expect(stride(from: 1, to: 6, by: 2).map { numbers[$0] } == [9464, 536, 5000])
    }

    @Test func `losses over two decades are drawn by their logarithm, and the chart says so`() throws {
        func chart(_ values: [Double]) -> LineChart {
            var chart = LineChart(
                "loss", [.init("training", style: "s0", points: points(values))], by: "epoch", .count, of: .number)
            chart.mayBeLogarithmic = true
            return chart
        }
        for (values, isLogarithmic) in [([10, 1, 0.1], true), ([10, 1, 0.2], false), ([10, 1, 0], false)] {
            let markup = try #require(chart(values).markup)
            #expect(markup.contains("logarithmic scale") == isLogarithmic)
        }
    }

    @Test func `without any number there is no drawing`() {
        let chart = LineChart(
            "loss", [.init("training", style: "s0", points: points([nil, nil]))], by: "epoch", .count, of: .number)
        #expect(chart.markup == nil)
        #expect(AreaChart("m", xs: [], areas: [], line: .init("r", style: "r", heights: [])).markup == nil)
    }

    @Test func `areas lie on each other`() throws {
        let areas = [[1.0, 2, 3], [10, 0, 5], [0, 0, 100]].enumerated().map { index, heights in
            AreaChart.Area("account \(index)", style: "a\(index)", heights: heights)
        }
        var chart = AreaChart(
            "memory", xs: [0, 1, 2], areas: areas, line: .init("resident", style: "resident", heights: [20, 30, 120]))
        #expect(chart.edges == [[1, 2, 3], [11, 2, 8], [11, 2, 108]])
        chart.limit = ("cap", 200)
        let near = try #require(chart.markup)
        #expect(paths("line limit", near).count == 1)
        // A cap that is far away would leave the areas no room.
        chart.limit = ("cap", 2000)
        let far = try #require(chart.markup)
        #expect(paths("line limit", far).isEmpty)
        #expect(far.contains("lies above the drawing"))
    }
}

extension String {
    /// The parts between two texts, all of them.
    fileprivate func components(between begin: String, and end: String) -> [String] {
        var (result, rest): ([String], Substring) = ([], self[...])
        while let first = rest.firstRange(of: begin) {
            rest = rest[first.upperBound...]
            guard let last = rest.firstRange(of: end) else { break }
            result.append(String(rest[..<last.lowerBound]))
            rest = rest[last.upperBound...]
        }
        return result
    }
}
