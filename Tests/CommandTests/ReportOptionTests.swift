import Foundation
import Testing

/// `train --report`.
@Suite struct ReportOptionTests {
    private let base = ["train", "--model", Fixture.mlp, "--data", Fixture.train, "--quiet"]

    private func page(_ scratch: Scratch, _ name: String = "run.html") throws -> String {
        String(decoding: try scratch.bytes(name), as: UTF8.self)
    }

    @Test func `the page has figures, plan, notes and settings, and changes no weight`() throws {
        let scratch = try Scratch()
        let options = [
            "--validation", Fixture.test, "--epochs", "40", "--learning-rate", "0.05", "--early-stopping", "val_loss:1",
            "--memory", "128MiB",
        ]
        try scratch.run(base + options + ["--out", "plain.keras"]).expect(0)
        try scratch.run(base + options + ["--out", "out.keras", "--report", "run.html"]).expect(0)
        #expect(try scratch.bytes("out.keras") == scratch.bytes("plain.keras"))
        let text = try page(scratch)
        for part in [
            "class=\"chip done\"", "<h3>loss</h3>", "<h3>accuracy</h3>", "<h3>memory by account</h3>", "val_accuracy",
            "early stopping after epoch", "shuffle window of", "of a cap of 128 MiB", "digits-train.h5",
            "digits-test.h5", "Adam: learning rate 0.05", "out.keras",
        ] { #expect(text.contains(part), "\(part)") }
        #expect(try scratch.names == ["out.keras", "plain.keras", "run.html"])
    }

    @Test func `names of files are text, whatever they are`() throws {
        let scratch = try Scratch()
        let name = "a<b>&\"c\"'.h5"
        try scratch.write(name, try Data(contentsOf: URL(filePath: Fixture.train)))
        try scratch.run(["train", "--model", Fixture.mlp, "--data", name, "--quiet", "--report", "run.html"]).expect(0)
        #expect(try page(scratch).contains("a&lt;b&gt;&amp;&quot;c&quot;&#39;.h5"))
    }

    @Test func `a page that cannot be created is refused before the work`() throws {
        let scratch = try Scratch()
        try scratch.run(base + ["--report", "nowhere/run.html", "--out", "out.keras"]).expect(73, "nowhere/run.html")
        #expect(try scratch.names == [])
    }

    @Test func `a page that cannot be written at the end is an error behind the model`() throws {
        let scratch = try Scratch()
        try FileManager.default.createDirectory(atPath: scratch.path("gone"), withIntermediateDirectories: false)
        let process = try scratch.start(
            base + ["--epochs", "500", "--report", "gone/run.html", "--log", "log.jsonl", "--log-every", "10"]
                + ["--out", "out.keras"], output: .nullDevice)
        try process.run()
        while process.isRunning, (try? scratch.bytes("log.jsonl").count) ?? 0 < 1000 { usleep(1000) }
        // The command makes files there meanwhile.
        while FileManager.default.fileExists(atPath: scratch.path("gone")) {
            try? FileManager.default.removeItem(atPath: scratch.path("gone"))
        }
        process.waitUntilExit()
        #expect(process.terminationStatus == 73)
        #expect(try scratch.names == ["log.jsonl", "out.keras"])
    }

    @Test func `data that turn out to be bad are on the page`() throws {
        let scratch = try Scratch()
        var bytes = try Data(contentsOf: URL(filePath: Fixture.train))
        // In the middle lie the pixels.
        for index in bytes.count / 2..<bytes.count / 2 + 64 { bytes[index] ^= 0x5A }
        try scratch.write("bad.h5", bytes)
        let ended = try scratch.run(
            ["train", "--model", Fixture.mlp, "--data", "bad.h5", "--quiet", "--report", "run.html"]
                + ["--shuffle", "none", "--prefetch", "1KiB"])
        ended.expect(65, "bad.h5")
        #expect(try page(scratch).contains("class=\"chip failed\"") && page(scratch).contains("bad.h5"))
    }

    @Test func `a run that a signal stops leaves its page, and a resumed one goes on in it`() throws {
        let scratch = try Scratch()
        let run = base + ["--checkpoint", "state", "--report", "run.html", "--log", "log.jsonl", "--log-every", "10"]
        let process = try scratch.start(run + ["--epochs", "5000"], output: .nullDevice)
        try process.run()
        while process.isRunning, (try? scratch.bytes("log.jsonl").count) ?? 0 < 3000 { usleep(1000) }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationStatus == 75)
        let stopped = try page(scratch)
        #expect(stopped.contains("class=\"chip stopped\""))
        let updates = try #require(Self.updates(stopped))
        // The rest of the epoch in which it stopped, and another one.
        let epochs = updates / 45 + 2
        try scratch.run(run + ["--epochs", "\(epochs)", "--resume"]).expect(0)
        let text = try page(scratch)
        #expect(text.contains("class=\"chip done\""))
        #expect(Self.updates(text) == epochs * 45)
        #expect(text.contains("<th scope=\"row\">1</th>") || epochs > 256)
    }

    /// `1,234 updates` of a page.
    private static func updates(_ text: String) -> Int? {
        guard let end = text.firstRange(of: " updates") else { return nil }
        let digits = text[..<end.lowerBound].reversed().prefix { $0.isNumber || $0 == "," }.reversed()
        return Int(String(digits).replacing(",", with: ""))
    }
}
