import Foundation
import Testing

/// `train --checkpoint`: runs that are killed, stopped and resumed.
@Suite struct CheckpointCommandTests {
    /// The convnet has dropout and weights in blocks.
    private static let train = [
        "train", "--model", Fixture.convnet, "--data", Fixture.test, "--epochs", "4", "--batch-size", "24",
        "--validation", Fixture.test, "--seed", "5", "--quiet", "--out", "out.keras", "--log", "log.jsonl",
    ]
    private static let checkpoints = ["--checkpoint", "c", "--checkpoint-every", "7"]

    /// The lines of the log without times, speeds and memory.
    private func log(_ scratch: Scratch) throws -> [String] {
        try LogFile(scratch, "log.jsonl").lines.map { line in
            var line = line
            for name in [
                "seconds", "samples_per_second", "wait_fraction", "stored_bytes_read", "peak_rss_bytes", "rss_bytes",
                "plans", "planning_seconds", "data", "peak_account_bytes",
            ] {
                line[name] = nil
            }
            return String(
                decoding: try JSONSerialization.data(withJSONObject: line, options: .sortedKeys), as: UTF8.self)
        }
    }

    private func names(_ scratch: Scratch) throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: scratch.path("c")).sorted()
    }

    @Test func `killed at any moment and resumed, the model and the log are the same`() throws {
        let whole = try Scratch()
        try whole.run(Self.train).expect(0)
        let (bytes, lines) = (try whole.bytes("out.keras"), try log(whole))
        #expect(lines.count == 1 + 4 * 16 + 1)
        var random = SystemRandomNumberGenerator()
        let scratch = try Scratch()
        var kills = 0
        while kills < 6 {
            try? FileManager.default.removeItem(atPath: scratch.path("c"))
            try? FileManager.default.removeItem(atPath: scratch.path("out.keras"))
            var (status, runs) = (Int32(-1), 0)
            while status != 0, runs < 60 {
                let process = try scratch.start(Self.train + Self.checkpoints + ["--resume"], output: .nullDevice)
                try process.run()
                // Later and later, so that every run comes to its end.
                usleep(UInt32.random(in: 20_000...200_000, using: &random) + UInt32(runs * 20_000))
                if kill(process.processIdentifier, SIGKILL) == 0 { kills += 1 }
                process.waitUntilExit()
                status = process.terminationReason == .exit ? process.terminationStatus : -1
                #expect(status == 0 || status == -1)
                runs += 1
            }
            try scratch.run(Self.train + Self.checkpoints + ["--resume"]).expect(0)
            #expect(try scratch.bytes("out.keras") == bytes)
            #expect(try log(scratch) == lines)
            #expect(try names(scratch).count == 2)
        }
    }

    @Test(arguments: [SIGTERM, SIGINT])
    func `a signal writes a checkpoint, from which the run goes on`(_ signal: Int32) throws {
        let scratch = try Scratch()
        // No checkpoint is due before the signal comes.
        let long = Self.train.map { $0 == "4" ? "4000" : $0 } + ["--steps-per-epoch", "100000", "--checkpoint", "c"]
        let process = try scratch.start(long, output: .nullDevice)
        try process.run()
        while process.isRunning, (try? scratch.bytes("log.jsonl").count) ?? 0 < 3000 { usleep(1000) }
        kill(process.processIdentifier, signal)
        process.waitUntilExit()
        #expect(process.terminationReason == .exit && process.terminationStatus == 75)
        #expect(try names(scratch) == ["checkpoint-000000001.safetensors"])
        #expect(try LogFile(scratch, "log.jsonl").lines.last?["status"] as? String == "stopped")
        let steps = try LogFile(scratch, "log.jsonl").events("batch").count
        let again = try scratch.start(long + ["--resume"], output: .nullDevice)
        try again.run()
        let size = try scratch.bytes("log.jsonl").count
        while again.isRunning, (try? scratch.bytes("log.jsonl").count) ?? 0 < size + 1000 { usleep(1000) }
        kill(again.processIdentifier, signal)
        again.waitUntilExit()
        #expect(again.terminationReason == .exit && again.terminationStatus == 75)
        let batches = try LogFile(scratch, "log.jsonl").events("batch").map { $0["step"] as? Int }
        #expect(batches.count > steps && batches == (1...batches.count).map { $0 })
    }

    @Test func `a run that is through is resumed to the same file`() throws {
        let scratch = try Scratch()
        let ended = try scratch.run(Self.train.filter { $0 != "--quiet" } + Self.checkpoints + ["--resume"])
        ended.expect(0, "c holds no checkpoint", "starts anew")
        let (bytes, lines) = (try scratch.bytes("out.keras"), try log(scratch))
        try FileManager.default.removeItem(atPath: scratch.path("out.keras"))
        let again = try scratch.run(Self.train.filter { $0 != "--quiet" } + Self.checkpoints + ["--resume"])
        again.expect(0, "resumed from c/checkpoint-", "epoch 4, step 15")
        #expect(try scratch.bytes("out.keras") == bytes)
        #expect(try log(scratch) == lines)
    }

    @Test func `damage is named, and other runs are refused`() throws {
        let scratch = try Scratch()
        let run = Self.train + Self.checkpoints
        try scratch.run(run).expect(0)
        let bytes = try scratch.bytes("out.keras")
        let newest = "c/" + (try names(scratch).last!)
        var damaged = try scratch.bytes(newest)
        damaged[damaged.count / 2] ^= 1
        try scratch.write(newest, damaged)
        try scratch.run(run + ["--resume"]).expect(0, "warning", newest, "is damaged", "checksum")
        #expect(try scratch.bytes("out.keras") == bytes)

        try scratch.run(run).expect(73, "checkpoints in c", "--resume")
        func refused(_ replaced: [String: String], _ fragment: String, _ more: [String] = []) throws {
            let ended = try scratch.run(run.map { replaced[$0] ?? $0 } + ["--resume"] + more)
            ended.expect(65, fragment, "expected", "found")
        }
        try refused([Fixture.convnet: Fixture.mlp], "parameters")
        try refused([Fixture.test: Fixture.train], "validation data")
        try refused(["24": "25"], "batch size")
        try refused(["5": "6"], "seed: expected 5, found 6")
        try refused([:], "learning rate: expected 0.001, found 0.25", ["--learning-rate", "0.25"])
        try refused([:], "losses and metrics", ["--loss", "categorical_crossentropy", "--one-hot", "labels=10"])
        try refused([:], "frozen layers", ["--freeze", "conv*"])
        try refused(["4": "2"], "epochs: expected at least 4, found 2")
    }

    @Test func `options that need others`() throws {
        let scratch = try Scratch()
        try scratch.run(Self.train + ["--resume"]).expect(64, "--resume", "--checkpoint")
        try scratch.run(Self.train + ["--checkpoint-every", "5"]).expect(64, "--checkpoint-every", "--checkpoint")
        for wrong in [["--checkpoint-every", "0"], ["--checkpoint-keep", "0"]] {
            try scratch.run(Self.train + ["--checkpoint", "c"] + wrong).expect(64, wrong[0])
        }
        #expect(try scratch.names.isEmpty)
        try scratch.write("c", "a file")
        try scratch.run(Self.train + ["--checkpoint", "c"]).expect(73, "c")
    }

    @Test(.enabled(if: Namespace.isAvailable, "needs a mount namespace of its own"))
    func `a full disk ends the run and leaves the checkpoint before`() throws {
        let scratch = try Scratch()
        try scratch.run(Self.train).expect(0)
        let bytes = try scratch.bytes("out.keras")
        // Room for one checkpoint and a part of the next.
        try scratch.write(
            "run.sh",
            """
            mkdir disk && mount -t tmpfs -o size=480k none disk || exit 99
            "$@"; echo "first $?"
            ls -A disk/c
            mount -o remount,size=100m disk || exit 99
            "$@" --resume; echo "second $?"
            umount disk
            """)
        let ended = try Namespace.run(
            scratch,
            ["run.sh", try Scratch.commandPath] + Self.train + ["--checkpoint", "disk/c", "--checkpoint-every", "7"])
        #expect(ended.contains("first 74") && ended.contains("No space left on device"), "\(ended)")
        #expect(ended.contains("checkpoint-000000001.safetensors"), "\(ended)")
        #expect(!ended.contains(".checkpoint-"), "\(ended)")
        #expect(ended.contains("second 0"), "\(ended)")
        #expect(try scratch.bytes("out.keras") == bytes)
    }
}
