import Foundation
import KerasFiles
import NeuralNetwork
import Testing

/// `--memory`: refused when too small, kept otherwise. Every promise is looked at under the smallest cap that works.
@Suite struct MemoryCapTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    @Test(arguments: ["train", "evaluate", "predict"])
    func `a cap that is too small names the smallest that works, and that works`(_ command: String) throws {
        let arguments =
            [command, "--model", Fixture.convnet, "--data", Fixture.train]
            + (command == "evaluate" ? [] : ["--out", "out.\(command == "train" ? "keras" : "h5")"])
        let refused = try scratch.run(arguments + ["--memory", "8MiB"])
        refused.expect(78, "8.0 MiB", "parameters", "activations", "window", "total")
        #expect(try scratch.names.isEmpty)
        let smallest = try SmallestCap(scratch, arguments)
        #expect(smallest.mebibytes <= 64)
        try smallest.requireKept(try scratch.run(arguments + smallest.option))
        try scratch.run(arguments + ["--memory", "\(smallest.mebibytes - 1)MiB"]).expect(78)
    }

    @Test(arguments: ["hdf5", "shards"], ["window", "exact"])
    func `a run that does everything stays below the smallest cap`(_ data: String, _ shuffle: String) throws {
        var path = Fixture.train
        if data == "shards" {
            try scratch.millrace("shard", "convert", Fixture.train, "--out", "shards", "--quiet").expect(0)
            path = "shards"
        }
        let arguments = [
            "train", "--model", Fixture.convnet, "--data", path, "--epochs", "2", "--shuffle", shuffle,
            "--validation-split", "0.2", "--checkpoint", "state", "--checkpoint-every", "5", "--report", "run.html",
            "--tensorboard", "events", "--csv", "log.csv", "--save-best", "val_loss", "--out", "out.keras", "--augment",
            "rotate=10", "--log", "log.jsonl", "--log-every", "20",
        ]
        let smallest = try SmallestCap(scratch, arguments)
        #expect(smallest.mebibytes <= 64)
        let ended = try scratch.run(arguments + smallest.option)
        try smallest.requireKept(ended)
        let log = try LogFile(scratch, "log.jsonl")
        let end = try #require(log.lines.last)
        #expect(end["event"] as? String == "end" && end["status"] as? String == "done")
        let peak = try #require(end["peak_rss_bytes"] as? Int)
        #expect(peak > 0 && peak <= smallest.bytes, "\(peak >> 10) KiB of \(smallest.bytes >> 10) KiB")
        let epochs = log.events("epoch")
        #expect(epochs.count == 2)
        for epoch in epochs {
            let before = try #require(epoch["peak_rss_bytes"] as? Int)
            #expect(before <= peak)
        }
        // Every account, too.
        let plan = try #require(log.events("plan").first)
        for (account, held) in try #require(end["peak_account_bytes"] as? [String: Int]) {
            var planned = try #require(plan["\(account)_bytes"] as? Int)
            // Planning a step moves the weights, before there are gradients.
            if account == "parameters" { planned += try #require(plan["gradients_bytes"] as? Int) }
            #expect(held <= planned, "\(account)")
        }
        for name in ["state", "run.html", "events", "log.csv", "out.keras"] {
            #expect(FileManager.default.fileExists(atPath: scratch.path(name)), "\(name)")
        }
    }

    @Test func `what the writer of wide predictions holds is in the plan`() throws {
        // Rows of 32 MiB: a chunk is a row, which is shuffled and compressed besides.
        let model = try Sequential(input: [8, 8]) {
            Reshape([8, 8, 1])
            UpSampling2D(size: [512, 256])
        }
        try model.save(scratch.path("wide.keras"))
        let arguments = [
            "predict", "--model", "wide.keras", "--data", Fixture.test, "--rows", ":2", "--batch-size", "1", "--out",
            "out.h5",
        ]
        let smallest = try SmallestCap(scratch, arguments)
        try smallest.requireKept(try scratch.run(arguments + smallest.option))
    }

    @Test func `the table comes before the run, and beside what was held after it`() throws {
        let ended = try scratch.run([
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--validation", Fixture.test, "--memory",
            "128MiB", "--log", "log.jsonl", "--log-every", "1000",
        ])
        ended.expect(0, "memory plan\n", "memory, planned and held at most\n")
        let halves = ended.errors.components(separatedBy: "memory, planned and held at most\n")
        try #require(halves.count == 2)
        let end = try #require(try LogFile(scratch, "log.jsonl").lines.last)
        let held = try #require(end["peak_account_bytes"] as? [String: Int])
        #expect(held.count == 7)
        for name in ["base", "copies"] { #expect(try row(name, halves[1]).last == "–") }
        for (name, bytes) in held {
            let (before, after) = (try row(name, halves[0]), try row(name, halves[1]))
            #expect(before.count == 1 && after.count == 2 && after[0] == before[0], "\(name)")
            #expect(after[1] == text(bytes), "\(name)")
        }
        #expect(try row("cap", halves[1]) == ["128.0 MiB"])
        let total = try row("total", halves[1])
        #expect(total.count == 2 && halves[1].contains("peak memory \(total[1]) of a cap of 128.0 MiB"))
        let quiet = try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--memory", "128MiB", "--quiet")
        #expect(quiet.status == 0 && quiet.errors.isEmpty)
    }

    /// The columns of a row of a table.
    private func row(_ name: String, _ text: String) throws -> [String] {
        let line = try #require(text.split(separator: "\n").first { $0.hasPrefix("  \(name) ") })
        return line.dropFirst(name.count + 2).split(separator: "  ").map {
            $0.trimmingCharacters(in: .whitespaces)
        }.filter { !$0.isEmpty }
    }

    /// Bytes as the command prints them.
    private func text(_ bytes: Int) -> String {
        var (value, units) = (Double(bytes), ["B", "KiB", "MiB"][...])
        while value >= 1024, units.count > 1 {
            value /= 1024
            units.removeFirst()
        }
        return units.first == "B" ? "\(bytes) B" : String(format: "%.1f %@", value, units.first!)
    }
}
