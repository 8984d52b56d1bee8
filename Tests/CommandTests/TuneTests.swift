import Foundation
import Testing

/// `millrace tune`: what it writes is what `train --config` takes.
@Suite struct TuneTests {
    private let base = ["tune", "--model", Fixture.convnet, "--data", Fixture.train, "--batch-size", "64"]

    @Test func `train takes what tune writes`() throws {
        let scratch = try Scratch()
        let before = try Data(contentsOf: URL(filePath: Fixture.convnet))
        let options = ["--validation-split", "0.1", "--memory", "128MiB", "--seconds", "8", "--epochs", "2"]
        let ended = try scratch.run(base + options + ["--out", "tuned.yaml"])
        ended.expect(
            0, "decode workers", "compute threads", "step alone", "samples/s", "recommended", "of a cap of 128.0 MiB",
            "--config tuned.yaml")
        #expect(ended.output.isEmpty)
        #expect(try scratch.names == ["tuned.yaml"])
        #expect(try Data(contentsOf: URL(filePath: Fixture.convnet)) == before)
        let text = String(decoding: try scratch.bytes("tuned.yaml"), as: UTF8.self)
        for line in ["batch-size: 64", "memory: 128MiB", "validation-split: 0.1", "epochs: 2"] {
            #expect(text.contains("\(line)\n"), "\(text)")
        }
        #expect(text.contains("\n# decode workers") && text.contains("\ncompute-threads: "), "\(text)")
        // The options of tune alone are none of train's.
        #expect(!text.contains("seconds:") && !text.contains("out:"), "\(text)")
        try scratch.millrace("train", "--config", "tuned.yaml", "--out", "trained.keras", "--log", "log.jsonl")
            .expect(0, "Epoch 2/2")
        let plan = try #require(try LogFile(scratch, "log.jsonl").lines.first)
        #expect(plan["cap_bytes"] as? Int == 128 << 20 && plan["samples"] as? Int == 1293)
    }

    @Test func `measurements and recommendations as JSON`() throws {
        let scratch = try Scratch()
        let ended = try scratch.run(base + ["--memory", "128MiB", "--seconds", "5", "--json"])
        ended.expect(0)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
        let runs = try #require(report["threads"] as? [[String: Any]])
        #expect(!runs.isEmpty)
        for run in runs {
            #expect(try #require(run["samples_per_second"] as? Double) > 0)
            #expect((0...1).contains(try #require(run["wait_fraction"] as? Double)))
        }
        #expect(try #require(report["peak_rss_bytes"] as? Int) <= 128 << 20)
        let recommendations = try #require(report["recommendations"] as? [[String: Any]])
        #expect(recommendations.contains { $0["setting"] as? String == "compute threads" })
        #expect(recommendations.allSatisfy { ($0["reason"] as? String)?.isEmpty == false })
        #expect(try scratch.names.isEmpty)
    }

    @Test func `what is given is kept, and the file goes to standard output`() throws {
        let scratch = try Scratch()
        try FileManager.default.copyItem(atPath: Fixture.train, toPath: scratch.path("yes"))
        let ended = try scratch.run([
            "tune", "--model", Fixture.mlp, "--data", "yes", "--seconds", "1", "--decode-workers", "2",
            "--compute-threads", "1", "--window", "64KiB", "--prefetch", "40KiB", "--accumulate", "2", "--rows", ":-37",
            "--class-weight", "0=2", "--x", "images", "--freeze", "dense*", "--quiet",
        ])
        ended.expect(0)
        #expect(ended.errors.isEmpty)
        for line in [
            "data: \"yes\"", "decode-workers: 2", "compute-threads: 1", "window: 64KiB", "prefetch: 40KiB",
            "accumulate: 2", "rows: \":-37\"", "class-weight: \"0=2\"", "x: images", "freeze: \"dense*\"",
        ] {
            #expect(ended.output.split(separator: "\n").contains { $0 == line }, "\(line) in \(ended.output)")
        }
        try scratch.write("again.yaml", ended.output)
        try scratch.millrace("train", "--config", "again.yaml", "--log", "log.jsonl", "--quiet").expect(0)
        let plan = try #require(try LogFile(scratch, "log.jsonl").lines.first)
        #expect(plan["samples"] as? Int == 1400 && plan["accumulate"] as? Int == 2)
        // A file for train is one for tune.
        try scratch.millrace("tune", "--config", "again.yaml", "--seconds", "0.1", "--quiet").expect(0)
    }

    @Test func `what there was no time for is named`() throws {
        let scratch = try Scratch()
        let ended = try scratch.run(base + ["--seconds", "0.001", "--out", "tuned.yaml"])
        ended.expect(0, "not measured", "a run with")
        try scratch.millrace("train", "--config", "tuned.yaml", "--quiet").expect(0)
    }

    @Test func `a file that is there is not replaced unasked`() throws {
        let scratch = try Scratch()
        try scratch.write("tuned.yaml", "mine")
        try scratch.run(base + ["--seconds", "0.1", "--out", "tuned.yaml"]).expect(73, "tuned.yaml", "--force")
        #expect(try scratch.bytes("tuned.yaml") == Data("mine".utf8))
        try scratch.run(base + ["--seconds", "0.1", "--out", "tuned.yaml", "--force", "--quiet"]).expect(0)
        #expect(try scratch.bytes("tuned.yaml") != Data("mine".utf8))
        try scratch.run(base + ["--out", "nowhere/tuned.yaml"]).expect(73, "nowhere/tuned.yaml")
    }

    @Test(arguments: [
        ["--seconds", "0"], ["--seconds", "soon"], ["--force"], ["--batch-size", "0"], ["--decode-workers", "0"],
        ["--loss", "hinges"], ["--nonsense"], ["surplus"], ["--rows", "10:10"], ["--freeze", "nothing*"],
    ])
    func `a wrong option`(_ options: [String]) throws {
        let scratch = try Scratch()
        try scratch.run(base + options).expect(64, options[0])
        #expect(try scratch.names.isEmpty)
    }

    @Test func `fails as train does`() throws {
        let scratch = try Scratch()
        func tune(_ options: String...) throws -> Ended { try scratch.run(["tune", "--out", "tuned.yaml"] + options) }
        try tune("--model", Fixture.convnet, "--data", Fixture.train, "--memory", "8MiB")
            .expect(78, "8.0 MiB", "smallest cap that works")
        try tune("--model", "none.keras", "--data", Fixture.train).expect(66, "none.keras")
        try tune("--model", Fixture.mlp, "--data", "none.h5").expect(66, "none.h5")
        try tune("--model", Fixture.path("models/uncompiled.keras"), "--data", Fixture.path("hdf5/contiguous.h5"))
            .expect(64, "no loss", "--loss")
        var bytes = try Data(contentsOf: URL(filePath: Fixture.train))
        for place in 20_000..<20_064 { bytes[place] = 0xff }
        try scratch.write("bad.h5", bytes)
        try tune("--model", Fixture.mlp, "--data", "bad.h5", "--seconds", "10").expect(65, "bad.h5", "block ")
        #expect(try scratch.names == ["bad.h5"])
        try tune("--model", Fixture.mlp, "--data", "bad.h5", "--seconds", "0.2", "--on-bad-block", "skip").expect(0)
    }
}
