import Foundation
import KerasFiles
import NeuralNetwork
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

    @Test func `a signal in a long update waits for its end, and the run's state is written`() throws {
        let scratch = try Scratch()
        // Images so large that an update takes longer than a process may wait for data.
        let model = try Sequential(input: [8, 8]) {
            Reshape([8, 8, 1])
            UpSampling2D(size: [16, 16])
            for _ in 0..<12 { Conv2D(16, kernel: 3, padding: .same, activation: .relu) }
            GlobalAveragePooling2D()
            Dense(10, activation: .softmax)
        }
        try model.save(scratch.path("net.keras"))
        let process = try scratch.start(
            [
                "train", "--model", "net.keras", "--data", Fixture.train, "--rows", ":200", "--batch-size", "100",
                "--optimizer", "sgd", "--loss", "sparse_categorical_crossentropy", "--accumulate", "100",
                "--compute-threads", "1", "--checkpoint", "state", "--log", "log.jsonl",
                "--quiet",
            ], output: .nullDevice)
        try process.run()
        // The plan is in the log when the first epoch begins.
        while process.isRunning, (try? scratch.bytes("log.jsonl").count) ?? 0 == 0 { usleep(1000) }
        kill(process.processIdentifier, SIGTERM)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 75)
        #expect(try LogFile(scratch, "log.jsonl").names == ["plan", "batch", "epoch", "end"])
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.path("state")).count == 1)
    }

    @Test(arguments: ["evaluate", "predict"], [SIGINT, SIGTERM])
    func `a signal ends other work between two batches, and no file stays`(_ command: String, _ signal: Int32) throws {
        let scratch = try Scratch()
        // Enough for minutes: the same file under many names.
        let bytes = try Fixture.bytes("digits-train.h5")
        for index in 0..<200 { try scratch.write("\(index).h5", bytes) }
        try scratch.write("said", Data())
        let files = try scratch.names
        let process = try scratch.start(
            [command, "--model", Fixture.convnet, "--data", "*.h5", "--batch-size", "1", "--quiet"]
                + (command == "predict" ? ["--out", "out.hdf"] : []),
            output: try #require(FileHandle(forWritingAtPath: scratch.path("said"))))
        try process.run()
        while process.isRunning, !isBusy(scratch, command, process.processIdentifier) { usleep(1000) }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit)
        #expect(process.terminationStatus == 75)
        #expect(try scratch.names == files)
        let said = String(decoding: try scratch.bytes("said"), as: UTF8.self)
        #expect(said.contains("stopped by signal \(signal)") && !said.contains("while waiting"), "\(said)")
    }

    /// Whether a process predicts already: rows are in its hidden file. Evaluation shows nothing before its end.
    private func isBusy(_ scratch: Scratch, _ command: String, _ process: Int32) -> Bool {
        guard handlesInterrupts(process) else { return false }
        guard command == "predict" else { return true }
        guard let hidden = try? scratch.names.first(where: { $0.hasPrefix(".out.hdf") }) else { return false }
        return (try? scratch.bytes(hidden).count) ?? 0 > 0
    }

    @Test(arguments: ["evaluate", "predict"])
    func `other work that waits for a file that does not answer ends, too`(_ command: String) async throws {
        let scratch = try Scratch()
        #expect(mkfifo(scratch.path("data.h5"), 0o600) == 0)
        let process = try scratch.start(
            [command, "--model", Fixture.mlp, "--data", "data.h5", "--quiet"]
                + (command == "predict" ? ["--out", "out.hdf"] : []), output: .nullDevice)
        try process.run()
        while process.isRunning, !handlesInterrupts(process.processIdentifier) {
            try await Task.sleep(for: .milliseconds(5))
        }
        kill(process.processIdentifier, SIGTERM)
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
