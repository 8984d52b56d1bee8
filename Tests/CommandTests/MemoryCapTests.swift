import Foundation
import Testing

/// `--memory`: refused when too small, kept otherwise.
@Suite struct MemoryCapTests {
    @Test(arguments: ["train", "evaluate", "predict"])
    func `a cap that is too small names the smallest that works, and that works`(_ command: String) throws {
        let scratch = try Scratch()
        func run(_ cap: String) throws -> Ended {
            let writes = command != "evaluate"
            return try scratch.run(
                [command, "--model", Fixture.convnet, "--data", Fixture.train, "--memory", cap, "--quiet"]
                    + (writes ? ["--out", "out.keras"] : []))
        }
        let refused = try run("8MiB")
        refused.expect(78, "8.0 MiB", "parameters", "activations", "window", "total")
        #expect(try scratch.names.isEmpty)
        let smallest = try #require(refused.errors.firstMatch(of: /smallest cap that works is (\d+)MiB/)).1
        try run("\(smallest)MiB").expect(0)
        let below = try #require(Int(smallest)) - 1
        try run("\(below)MiB").expect(78)
    }

    @Test func `the process stays below the cap`() throws {
        let scratch = try Scratch()
        try scratch.millrace(
            "train", "--model", Fixture.convnet, "--data", Fixture.train, "--memory", "96MiB", "--epochs", "2", "--log",
            "log.jsonl", "--quiet"
        ).expect(0)
        for line in try LogFile(scratch, "log.jsonl").lines.dropFirst() {
            if let peak = line["peak_rss_bytes"] as? Int { #expect(peak <= 96 << 20) }
        }
    }
}
