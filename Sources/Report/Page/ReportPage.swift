import Memory
import Training

/// The page of a run: its parts in the order in which they are read, made and written one after the other.
package struct ReportPage {
    package let title: String
    package let record: RunRecord
    package let settings: [SettingsTable]
    package let layers: LayerTable?
    /// Planned bytes by account, and the cap.
    package let plan: [(name: String, bytes: Int)]
    package let cap: Int?
    /// How samples are shuffled and batches computed, in words.
    package let planRemarks: [String]
    /// The number of the last epoch that was asked for.
    package let epochs: Int

    package init(
        title: String, record: RunRecord, settings: [SettingsTable] = [], layers: LayerTable? = nil,
        plan: [(name: String, bytes: Int)] = [], cap: Int? = nil, planRemarks: [String] = [], epochs: Int
    ) {
        (self.title, self.record, self.settings, self.layers) = (title, record, settings, layers)
        (self.plan, self.cap, self.planRemarks, self.epochs) = (plan, cap, planRemarks, epochs)
    }

    /// Where the page goes, part by part.
    package typealias Sink = (String) throws -> Void

    /// Writes the page.
    package func write(to sink: Sink) throws {
        try sink(
            """
            <!DOCTYPE html>
            <html lang="en" xmlns="http://www.w3.org/1999/xhtml">
            <head>
            <meta charset="utf-8"/>
            <meta name="viewport" content="width=device-width, initial-scale=1"/>
            <meta name="generator" content="Millrace"/>
            <link rel="icon" href="data:,"/>
            <title>\(title.escaped)</title>
            <style>
            \(PageStyle.text)</style>
            </head>
            <body>
            <main>

            """)
        try sink(header)
        try sink(tiles)
        try charts("Loss and metrics", figureCharts, to: sink)
        try charts("Updates", updateCharts, to: sink)
        try charts("Speed and memory", courseCharts, to: sink)
        try sink(planSection)
        try sink(notesSection)
        try sink(epochSection)
        try sink(settingsSection)
        try sink("</main>\n<script>\n\(PageScript.text)</script>\n</body>\n</html>\n")
    }

    /// One chart after the other is made and written, so that no more than one is in memory.
    private func charts(_ heading: String, _ charts: [() -> String?], to sink: Sink) throws {
        var hasBegun = false
        for chart in charts {
            guard let text = chart() else { continue }
            if !hasBegun { try sink("<h2>\(heading)</h2>\n<section class=\"grid2\">\n") }
            hasBegun = true
            try sink(text)
        }
        if hasBegun { try sink("</section>\n") }
    }

    private var header: String {
        let (style, word): (String, String)
        var text: [String] = []
        switch record.status {
        case .running: (style, word) = ("running", "running")
        case .done: (style, word) = ("done", "done")
        case .stopped: (style, word) = ("stopped", "stopped")
        case .failed(let reason):
            (style, word) = ("failed", "failed")
            text.append(reason)
        }
        let epochText = record.epoch == 1 && epochs == 1 ? "1 epoch" : "epoch \(record.epoch) of \(epochs)"
        text.append(epochText)
        text.append("\(NumberText.count(record.updates)) updates")
        text.append(NumberText.duration(record.seconds))
        return "<header>\n<h1>\(title.escaped)</h1>\n<p class=\"status\"><span class=\"chip \(style)\">\(word)</span>"
            + text.map(\.escaped).joined(separator: " · ") + "</p>\n</header>\n"
    }

    /// Final figures, speed and memory at a glance.
    private var tiles: String {
        var tiles: [(name: String, value: String, aside: String)] = []
        for name in record.figures.names.prefix(8) {
            guard let series = record.figures[name: name], name != "learning_rate" else { continue }
            tiles.append((name, NumberText.figure(series.last ?? .nan), range(of: series)))
        }
        let totals = record.totals
        if totals.seconds > 0 {
            let rate = NumberText.rate(totals.samples / totals.seconds)
            let waited = NumberText.share(min(1, totals.waited / totals.seconds))
            tiles.append(("samples per second", rate, "waited for data \(waited)"))
        }
        if record.peakResident > 0 {
            let aside = cap.map { "of a cap of \(NumberText.bytes(Double($0)))" } ?? "no cap"
            tiles.append(("peak memory", NumberText.bytes(Double(record.peakResident)), aside))
        }
        return "<dl class=\"tiles\">\n"
            + tiles.map { name, value, aside in
                "<div class=\"card tile\"><dt>\(name.escaped)</dt><dd>\(value.escaped)"
                    + "<span class=\"aside\">\(aside.escaped)</span></dd></div>\n"
            }.joined() + "</dl>\n"
    }

    /// The least and the greatest value of a figure over the epochs.
    private func range(of series: BucketSeries) -> String {
        let known = series.buckets.filter { $0.count > 0 }
        if series.missing == series.count { return "never a number" }
        guard known.count > 1, let low = known.map(\.low).min(), let high = known.map(\.high).max() else {
            return "last epoch"
        }
        if low == high { return "the same in all epochs" }
        return "from \(NumberText.figure(Double(low))) to \(NumberText.figure(Double(high)))"
    }
}
