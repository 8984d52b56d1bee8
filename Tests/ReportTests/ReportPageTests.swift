import Foundation
import Memory
import NeuralNetwork
import Report
import Testing
import Training

#if canImport(FoundationXML)
    import FoundationXML
#endif

@Suite struct ReportPageTests {
    private func text(_ page: ReportPage) throws -> String {
        var text = ""
        try page.write { text += $0 }
        return text
    }

    private func page(_ record: RunRecord, title: String = "net", settings: [SettingsTable] = []) -> ReportPage {
        ReportPage(
            title: title, record: record, settings: settings,
            plan: [("base", 72 << 20), ("parameters", 1 << 20), ("window", 4 << 20)], cap: 96 << 20, epochs: 9)
    }

    private static let trap = "<script>alert('1')</script> & \"two\" \u{1b} ]]> -->"

    /// A record with names and notes that are markup.
    private var hostile: RunRecord {
        var record = Runs.record(epochs: 3, updates: 90)
        record.notes.add(Self.trap)
        record.status = .failed(Self.trap)
        record.figures.add([(Self.trap, 1), ("val_\(Self.trap)", 2)], epoch: 1)
        return record
    }

    @Test func `pages are well-formed, whatever texts they have`() throws {
        var settings = SettingsTable(Self.trap)
        settings.add(Self.trap, Self.trap)
        var cases = [
            RunRecord(), Runs.record(epochs: 1, updates: 0), Runs.record(epochs: 3, updates: 3000), hostile,
        ]
        var broken = RunRecord()
        for epoch in 1...3 { broken.add(Runs.epoch(epoch, loss: epoch == 2 ? .infinity : .nan)) }
        broken.add(Runs.batch(1, epoch: 1, loss: .nan))
        cases.append(broken)
        for record in cases {
            let text = try text(page(record, title: Self.trap, settings: [settings]))
            let parser = XMLParser(data: Data(text.utf8))
            #expect(parser.parse(), "\(String(describing: parser.parserError)) line \(parser.lineNumber)")
            #expect(!text.contains("<script>alert"))
            #expect(!text.contains("nan\""))
        }
    }

    @Test func `a page needs nothing from elsewhere`() throws {
        let text = try text(page(Runs.record(epochs: 3, updates: 90)))
        let addresses = text.components(separatedBy: "http").dropFirst().map { $0.prefix(30) }
        // The name of the markup language, which nobody fetches.
        #expect(addresses == ["://www.w3.org/1999/xhtml\">\n<he"])
        for reference in ["src=", "url(", "@import", "fetch(", "XMLHttp"] { #expect(!text.contains(reference)) }
    }

    @Test func `the page of a million updates, many epochs and many figures is below 2 MB`() throws {
        var record = Runs.record(epochs: 2, updates: 1_000_000)
        for epoch in 3...1000 { record.add(Runs.epoch(epoch, loss: 1 / Double(epoch), validation: 0.3, metrics: 100)) }
        for note in 0..<5000 { record.notes.add("\(note) " + String(repeating: "long ", count: 100)) }
        for tick in 0..<1_000_000 {
            record.throughput.add(Double(tick % 1000), at: tick)
            record.waitShare.add(0.5, at: tick)
        }
        var (bytes, largest) = (0, 0)
        try page(record).write { part in
            bytes += part.utf8.count
            largest = max(largest, part.utf8.count)
        }
        #expect(bytes < 2_000_000)
        #expect(largest < 500_000)
    }

    @Test func `charts, plan, figures and notes are there`() throws {
        var record = Runs.record(epochs: 3, updates: 90)
        record.notes.add("early stopping after epoch 3")
        record.peaks[MemoryAccount.window.rawValue] = 5 << 20
        record.peakResident = 90 << 20
        let text = try text(page(record))
        for title in [
            "loss", "loss of batches", "learning rate", "memory by account",
        ] { #expect(text.contains("<h3>\(title)</h3>"), "\(title)") }
        #expect(text.contains("early stopping after epoch 3"))
        // Planned and measured, the latter marked where it is more.
        #expect(text.contains("<td class=\"n\">4 MiB</td><td class=\"n over\">5 MiB</td>"))
        #expect(text.contains("<td class=\"n\">77 MiB</td><td class=\"n over\">90 MiB</td>"))
        #expect(text.contains("<td class=\"n\">0.2500</td>"))
    }

    @Test func `figures that are no numbers are gaps, and the page says how many`() throws {
        var record = RunRecord()
        for epoch in 1...5 { record.add(Runs.epoch(epoch, loss: epoch == 3 ? .nan : 1)) }
        for step in 1...4 { record.add(Runs.batch(step, epoch: 1, loss: step > 2 ? .infinity : 1)) }
        let text = try text(page(record))
        #expect(text.contains("training: 1 of 5 figures are no numbers, the first at epoch 3"))
        #expect(text.contains("2 of 4 figures are no numbers, the first at update 3"))
        #expect(text.contains("<td class=\"n\">nan</td>"))
    }
}
