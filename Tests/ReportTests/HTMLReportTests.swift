import DataSource
import Foundation
import NeuralNetwork
import Report
import Testing
import Training

/// Pages of real, small runs.
@Suite struct HTMLReportTests {
    private static func model(rate: Float = 0.1) throws -> Model {
        let model = try Sequential(input: [1]) { Dense(1, useBias: false) }
        try model.setWeights([[1]])
        try model.compile(optimizer: .sgd(learningRate: rate), loss: .meanSquaredError)
        return model
    }

    private static func source(_ rows: Int = 10) -> ArraySource {
        let x = (0..<rows).map { Float($0) / 10 }
        return ArraySource(x: x, shape: [1], y: x.map { 2 * $0 }, targetShape: [1])
    }

    @discardableResult
    private func fit(
        _ path: String, epochs: Int = 3, model: Model? = nil, checkpointing: Checkpointing? = nil,
        others: [any Callback] = []
    ) throws -> Model {
        let model = try model ?? Self.model()
        try model.fit(
            Self.source(), epochs: epochs, batchSize: 4, validation: Self.source(5), shuffle: .none,
            callbacks: [HTMLReport(path)] + others, checkpointing: checkpointing)
        return model
    }

    @Test func `a run leaves its page, and no other file`() throws {
        let folder = try Pages()
        try fit(folder.path("run.html"))
        #expect(try folder.names == ["run.html"])
        let text = try folder.text("run.html")
        #expect(text.contains("class=\"chip done\""))
        #expect(text.contains("epoch 3 of 3 · 9 updates"))
        // What `fit` knows: plan and settings.
        for part in ["Memory plan", "batch size", "SGD: learning rate 0.1", "mean_squared_error", "oneDNN"] {
            #expect(text.contains(part), "\(part)")
        }
    }

    @Test func `weights do not depend on the page`() throws {
        let folder = try Pages()
        let plain = try Self.model()
        try plain.fit(
            Self.source(), epochs: 3, batchSize: 4, validation: Self.source(5), shuffle: .none, callbacks: [])
        #expect(try fit(folder.path("run.html")).weights.map(\.values) == plain.weights.map(\.values))
    }

    @Test func `the first epoch is there while the second one runs`() throws {
        let folder = try Pages()
        var seen: String?
        try fit(
            folder.path("run.html"),
            others: [LambdaCallback(epochWillBegin: { if $0.epoch == 2 { seen = try folder.text("run.html") } })])
        #expect(seen?.contains("class=\"chip running\"") == true)
        #expect(seen?.contains("epoch 1 of 3 · 3 updates") == true)
    }

    @Test func `an error of a run is on its page`() throws {
        struct Unplugged: Error, CustomStringConvertible { let description = "the <disk> is gone" }
        let folder = try Pages()
        #expect(throws: Unplugged.self) {
            try fit(
                folder.path("run.html"),
                others: [LambdaCallback(batchDidEnd: { report, _ in if report.epoch == 2 { throw Unplugged() } })])
        }
        let text = try folder.text("run.html")
        #expect(text.contains("class=\"chip failed\""))
        #expect(text.contains("the &lt;disk&gt; is gone"))
    }

    @Test func `a run that ends before its first batch leaves an earlier page alone`() throws {
        let folder = try Pages()
        try folder.write("run.html", "an earlier page")
        struct Early: Error {}
        #expect(throws: Early.self) {
            try fit(folder.path("run.html"), others: [LambdaCallback(trainWillBegin: { _ in throw Early() })])
        }
        #expect(try folder.text("run.html") == "an earlier page")
    }

    @Test func `a run that is interrupted says so`() throws {
        let folder = try Pages()
        try fit(
            folder.path("run.html"),
            others: [LambdaCallback(batchDidEnd: { report, run in if report.epoch == 2 { run.interrupt() } })])
        #expect(try folder.text("run.html").contains("class=\"chip stopped\""))
    }

    @Test func `a page that cannot be created is found out before the work`() throws {
        let folder = try Pages()
        let model = try Self.model()
        #expect(throws: (any Error).self) { try fit(folder.path("nowhere/run.html"), model: model) }
        #expect(model.iterations == 0)
    }

    @Test func `a page that cannot be written is a note at epochs and an error at the end`() throws {
        let folder = try Pages()
        try FileManager.default.createDirectory(atPath: folder.path("gone"), withIntermediateDirectories: false)
        var notes: [String] = []
        let model = try Self.model()
        #expect(throws: (any Error).self) {
            try fit(
                folder.path("gone/run.html"), model: model,
                others: [
                    LambdaCallback(
                        batchDidEnd: { _, _ in try? FileManager.default.removeItem(atPath: folder.path("gone")) },
                        noteWasMade: { note, _ in notes.append(note) })
                ])
        }
        #expect(model.iterations == 9)
        #expect(notes.count == 1 && notes[0].contains("run.html"), "\(notes)")
    }

    @Test func `a resumed run shows the whole run, and ends with the same weights`() throws {
        let folder = try Pages()
        let whole = try fit(folder.path("whole.html"), epochs: 4)
        var checkpointing = Checkpointing(folder.path("state"), interval: .updates(1))
        checkpointing.observe = { _ in }
        try fit(
            folder.path("run.html"), epochs: 4, checkpointing: checkpointing,
            others: [
                LambdaCallback(batchDidEnd: { report, run in
                    if report.epoch == 2, report.step == 2 { run.interrupt() }
                })
            ])
        #expect(try folder.text("run.html").contains("5 updates"))
        checkpointing.resumes = true
        let resumed = try fit(
            folder.path("run.html"), epochs: 4, checkpointing: checkpointing, others: [LambdaCallback()])
        #expect(resumed.weights.map(\.values) == whole.weights.map(\.values))
        let text = try folder.text("run.html")
        #expect(text.contains("epoch 4 of 4 · 12 updates"))
        // Figures of all epochs, and losses of all updates, as in a run without a break.
        for part in ["<tbody>\n<tr><th scope=\"row\">1</th>", "<path class=\"line s0\""] {
            let expected = try #require(try folder.text("whole.html").part(from: part))
            let found = try #require(text.part(from: part))
            #expect(found == expected)
        }
    }

    @Test func `a report that was resumed begins anew with the next run`() throws {
        let folder = try Pages()
        let report = HTMLReport(folder.path("run.html"))
        report.restore(CallbackState(numbers: ["updates": 100]))
        for updates in [103, 3] {
            try Self.model().fit(Self.source(), batchSize: 4, callbacks: [report])
            #expect(try folder.text("run.html").contains("· \(updates) updates"))
        }
    }

    @Test func `a loop of one's own has a page, too`() throws {
        let folder = try Pages()
        let source = Self.source()
        let run = TrainingRun(
            try Self.model(), epochs: 2, callbacks: [HTMLReport(folder.path("run.html"), title: "mine")])
        try run.begin()
        while try run.beginEpoch() {
            let stream = try source.batches(of: 4)
            while let batch = try stream.next() { try run.train(batch) }
            try run.endEpoch()
        }
        try run.end()
        let text = try folder.text("run.html")
        #expect(text.contains("<h1>mine</h1>"))
        #expect(!text.contains("Memory plan"))
    }
}

extension String {
    /// The first line that begins with a text, without the three figures of cost at the end of an epoch's row.
    fileprivate func part(from begin: String) -> String? {
        guard let first = firstRange(of: begin) else { return nil }
        let line = self[first.lowerBound...].prefix(400)
        guard begin.hasPrefix("<tbody>") else { return String(line.prefix { $0 != "/" }) }
        return line.split(separator: "</td>").prefix(2).joined()
    }
}

/// A directory that is removed with its owner.
private final class Pages {
    private let url = FileManager.default.temporaryDirectory.appending(path: "millrace-\(UUID().uuidString)")

    init() throws { try FileManager.default.createDirectory(at: url, withIntermediateDirectories: false) }
    deinit { try? FileManager.default.removeItem(at: url) }

    func path(_ name: String) -> String { url.appending(path: name).path }
    func text(_ name: String) throws -> String { try String(contentsOfFile: path(name), encoding: .utf8) }
    func write(_ name: String, _ text: String) throws {
        try text.write(toFile: path(name), atomically: false, encoding: .utf8)
    }
    var names: [String] { get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() } }
}
