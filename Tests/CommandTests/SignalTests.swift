import Foundation
import Testing

/// Runs that are interrupted.
@Suite struct SignalTests {
    @Test(arguments: [SIGINT, SIGTERM]) func `a signal ends a run between two updates`(_ signal: Int32) throws {
        let scratch = try Scratch()
        let process = try scratch.start(
            [
                "train", "--model", Fixture.mlp, "--data", Fixture.train, "--epochs", "20000", "--log", "log.jsonl",
                "--log-every", "50", "--out", "out.keras", "--quiet",
            ], output: .nullDevice)
        try process.run()
        // The run is on its way once the log has a line of an update.
        // Blocking: a task that gives way to other tests may come too late.
        while process.isRunning, (try? scratch.bytes("log.jsonl").count) ?? 0 < 1000 { usleep(1000) }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 75)
        #expect(try scratch.names == ["log.jsonl"])
        let end = try #require(try LogFile(scratch, "log.jsonl").lines.last)
        #expect(end["event"] as? String == "end")
        #expect(end["status"] as? String == "stopped")
        #expect(end["out"] is NSNull)
    }

    @Test func `a signal ends a run that waits for a file that does not answer`() async throws {
        let scratch = try Scratch()
        // Nobody writes into this pipe: opening it waits for ever.
        #expect(mkfifo(scratch.path("data.h5"), 0o600) == 0)
        let process = try scratch.start(
            ["train", "--model", Fixture.mlp, "--data", "data.h5", "--out", "out.keras", "--quiet"],
            output: .nullDevice)
        try process.run()
        // The handler is in place before the file is opened; a signal before that ends the process by itself.
        while process.isRunning, !handlesInterrupts(process.processIdentifier) {
            try await Task.sleep(for: .milliseconds(5))
        }
        kill(process.processIdentifier, SIGINT)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 75)
        #expect(try scratch.names == ["data.h5"])
    }

    /// Whether a process has a handler for SIGINT, as the kernel says.
    private func handlesInterrupts(_ process: Int32) -> Bool {
        let status = (try? String(contentsOfFile: "/proc/\(process)/status", encoding: .utf8)) ?? ""
        guard let line = status.split(separator: "\n").first(where: { $0.hasPrefix("SigCgt:") }) else { return false }
        let caught = UInt64(line.dropFirst(7).trimmingCharacters(in: .whitespaces), radix: 16) ?? 0
        return caught & 1 << UInt64(SIGINT - 1) != 0
    }
}
