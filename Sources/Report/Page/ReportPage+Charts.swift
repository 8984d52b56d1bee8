import Memory

/// Which charts a page has. Each is made when its turn comes.
extension ReportPage {
    /// Figures of training that have charts of their own; the table has all.
    private static let mostFigureCharts = 32

    /// Loss and metrics by epoch, training and validation together.
    var figureCharts: [() -> String?] {
        let names = record.figures.names
        let trained = names.filter { !$0.hasPrefix("val_") && $0 != "learning_rate" }
        let alone = names.filter { $0.hasPrefix("val_") && !trained.contains(String($0.dropFirst(4))) }
        return (trained + alone).prefix(Self.mostFigureCharts).map { name in { self.figureChart(name) } }
    }

    private func figureChart(_ name: String) -> String? {
        var lines: [LineChart.Line] = []
        var remarks: [String] = []
        var width = 1
        for (figure, label, style) in [(name, "training", "s0"), ("val_\(name)", "validation", "s1")] {
            guard let series = record.figures[name: figure] else { continue }
            lines.append(.init(label, style: style, points: series.points()))
            remarks += missing(series, "epoch").map { ["\(label): \($0)"] } ?? []
            width = max(width, series.width)
        }
        var chart = LineChart(name, lines, by: "epoch", .count, of: .number)
        chart.remarks = remarks
        (chart.isMerged, chart.span) = (width > 1, "\(NumberText.count(width)) epochs")
        chart.mayBeLogarithmic = name.hasSuffix("loss")
        return chart.markup ?? emptyChart(name, remarks)
    }

    /// By update: the batches' own loss beside the mean since the epoch began, and the learning rate.
    var updateCharts: [() -> String?] {
        [
            {
                let own = record.batchLoss
                var chart = LineChart(
                    "loss of batches",
                    [
                        .init("batch", style: "s0", points: own.points()),
                        .init(
                            "mean since the epoch began", style: "s2", points: record.runningLoss.points(),
                            hasBand: false),
                    ], by: "update", .count, of: .number)
                (chart.isMerged, chart.span) = (own.width > 1, "\(NumberText.count(own.width)) updates")
                chart.mayBeLogarithmic = true
                chart.remarks = missing(own, "update").map { [$0] } ?? []
                return chart.markup ?? emptyChart("loss of batches", chart.remarks)
            },
            {
                let rate = record.learningRate
                var chart = LineChart(
                    "learning rate", [.init("learning rate", style: "s3", points: rate.points())], by: "update", .count,
                    of: .number)
                (chart.isMerged, chart.span) = (rate.width > 1, "\(NumberText.count(rate.width)) updates")
                chart.mayBeLogarithmic = true
                return chart.markup
            },
        ]
    }

    /// Over time: speed, waiting, memory.
    var courseCharts: [() -> String?] {
        let scale = 1 / RunRecord.ticksPerSecond
        return [
            {
                var chart = LineChart(
                    "samples per second",
                    [.init("samples per second", style: "s2", points: record.throughput.points(scale: scale))],
                    by: "time", .time, of: .rate)
                chart.fromZero = true
                chart.span = span(record.throughput)
                return chart.markup
            },
            {
                var chart = LineChart(
                    "share of time waited for data",
                    [.init("waited", style: "s0", points: record.waitShare.points(scale: scale))], by: "time", .time,
                    of: .share)
                chart.fromZero = true
                chart.span = span(record.waitShare)
                return chart.markup
            },
            { memoryChart },
        ]
    }

    /// The time for which a point stands.
    private func span(_ series: BucketSeries) -> String {
        NumberText.duration(Double(series.width) / RunRecord.ticksPerSecond)
    }

    private var memoryChart: String? {
        let series = record.memory
        let moments = series.moments.enumerated().compactMap { index, moment in moment.map { (index, $0) } }
        let xs = moments.map { Double($0.0 * series.width) / RunRecord.ticksPerSecond }
        let areas = MemoryAccount.allCases.map { account in
            AreaChart.Area(
                "\(account)", style: "a\(account.rawValue)",
                heights: moments.map { Double($0.1.accounts[account.rawValue]) })
        }
        var chart = AreaChart(
            "memory by account", xs: xs, areas: areas,
            line: .init("resident", style: "resident", heights: moments.map { Double($0.1.resident) }))
        if let cap { chart.limit = ("cap", Double(cap)) }
        chart.remarks = ["what is resident above the accounts is code, libraries and thread stacks"]
        return chart.markup
    }

    /// Nil when all figures are numbers.
    func missing(_ series: BucketSeries, _ place: String) -> String? {
        guard series.missing > 0 else { return nil }
        let where_ = series.firstMissing.map { ", the first at \(place) \(NumberText.count($0))" } ?? ""
        return
            "\(NumberText.count(series.missing)) of \(NumberText.count(series.count)) figures are no numbers\(where_)"
    }

    /// A figure that never was a number has no drawing, and says so.
    private func emptyChart(_ name: String, _ remarks: [String]) -> String? {
        guard !remarks.isEmpty else { return nil }
        return "<figure class=\"card chart\"><figcaption><h3>\(name.escaped)</h3></figcaption>"
            + "<p class=\"remark\">nothing to draw: \(remarks.joined(separator: "; ").escaped)</p></figure>\n"
    }
}
