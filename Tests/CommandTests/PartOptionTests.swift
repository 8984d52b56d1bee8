import Foundation
import KerasFiles
import NeuralNetwork
import Testing

/// How `train` computes a batch: `--recompute`, `--accumulate` and `--batch-statistics`.
@Suite struct PartOptionTests {
    private let scratch: Scratch

    /// A network with batch normalization.
    init() throws {
        scratch = try Scratch()
        let model = try Sequential(input: [8, 8]) {
            Reshape([8, 8, 1])
            for _ in 0..<6 {
                Conv2D(8, kernel: 3, padding: .same, useBias: false)
                BatchNormalization()
                Activation(.relu)
            }
            GlobalAveragePooling2D()
            Dense(10, activation: .softmax)
        }
        try model.save(scratch.path("net.keras"))
    }

    private var run: [String] {
        ["--model", "net.keras", "--data", Fixture.test, "--rows", ":320", "--batch-size", "32", "--quiet"]
            + ["--optimizer", "sgd", "--learning-rate", "0.01", "--loss", "sparse_categorical_crossentropy"]
    }

    /// Trains; the bytes of the model, and the line of the plan.
    private func train(_ options: String...) throws -> (bytes: Data, plan: [String: Any]) {
        try scratch.run(
            ["train"] + run + ["--out", "out.keras", "--log", "log.jsonl", "--log-every", "1000"] + options
        ).expect(0)
        return (try scratch.bytes("out.keras"), try LogFile(scratch, "log.jsonl").lines[0])
    }

    @Test func `activations that are computed twice make the same bytes in less memory`() throws {
        let never = try train("--recompute", "never")
        let always = try train("--recompute", "always")
        #expect(always.bytes == never.bytes)
        #expect(never.plan["stored_activations_bytes"] is NSNull)
        let kept = try #require(never.plan["activations_bytes"] as? Int)
        #expect(always.plan["stored_activations_bytes"] as? Int == kept)
        #expect(try #require(always.plan["activations_bytes"] as? Int) < kept)
        #expect(try train("--recompute", "auto").bytes == never.bytes)
        try scratch.run(["train"] + run + ["--recompute", "often"]).expect(64, "often")
    }

    @Test func `statistics of whole batches make parts what the batch is`() throws {
        func weights(_ options: String...) throws -> [[Float]] {
            try scratch.run(["train"] + run + ["--out", "out.keras"] + options).expect(0)
            return try Model.load(scratch.path("out.keras")).weights.map(\.values)
        }
        /// The largest difference of two models.
        func distance(_ one: [[Float]], _ other: [[Float]]) -> Float {
            zip(one, other).map { zip($0, $1).map { abs($0 - $1) }.max() ?? 0 }.max()!
        }
        let one = try weights()
        let whole = distance(try weights("--accumulate", "4", "--batch-statistics", "whole"), one)
        let micro = distance(try weights("--accumulate", "4", "--batch-statistics", "micro"), one)
        #expect(whole < 1e-4 && micro > 10 * whole, "\(whole) \(micro)")
        let plan = try train("--accumulate", "4", "--batch-statistics", "whole").plan
        #expect(plan["accumulate"] as? Int == 4 && plan["micro_batch"] as? Int == 8)
    }

    @Test func `a batch of 33 in eight parts is seven, also for a run that goes on`() throws {
        let seven = ["--batch-size", "33", "--accumulate", "8", "--checkpoint", "state"]
        let options = run.filter { $0 != "--batch-size" && $0 != "32" } + ["--log", "log.jsonl"]
        try scratch.run(["train"] + options + seven).expect(0)
        let plan = try LogFile(scratch, "log.jsonl").lines[0]
        #expect(plan["accumulate"] as? Int == 7 && plan["micro_batch"] as? Int == 5)
        try scratch.run(["train"] + options + seven + ["--epochs", "2", "--resume"]).expect(0)
    }

    @Test func `tune measures what the run computes`() throws {
        let ended = try scratch.run(
            ["tune"] + run + ["--accumulate", "4", "--batch-statistics", "whole", "--seconds", "1", "--json"])
        ended.expect(0)
        let report = try #require(
            try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Any])
        #expect(report["recommendations"] != nil)
    }
}
