import Foundation
import KerasFiles
import NeuralNetwork
import Testing

/// Options of `train` that follow a run, end it, or say how it goes through its data.
@Suite struct CallbackOptionTests {
    private let base = ["train", "--model", Fixture.mlp, "--data", Fixture.train, "--quiet"]
    private let validated = ["--validation", Fixture.test]

    @Test func `early stopping ends the run and says why`() throws {
        let scratch = try Scratch()
        let ended = try scratch.run(
            ["train", "--model", Fixture.mlp, "--data", Fixture.train, "--epochs", "40", "--learning-rate", "0.05"]
                + validated + ["--early-stopping", "val_loss:1", "--log", "log.jsonl", "--log-every", "1000"])
        ended.expect(0, "early stopping after epoch")
        let log = try LogFile(scratch, "log.jsonl")
        let losses = log.events("epoch").map { $0["val_loss"] as? Double ?? .nan }
        // The last one is the first that is no better than the best before it.
        #expect(losses.count < 40)
        #expect(losses.last! >= losses.dropLast().min()!)
        #expect(zip(losses, losses.dropFirst()).dropLast().allSatisfy { $0 > $1 })
        #expect(log.events("note").count == 1)
    }

    @Test func `the best epoch is what out holds`() throws {
        let scratch = try Scratch()
        let options = ["--epochs", "6", "--learning-rate", "0.05", "--seed", "3"] + validated
        let ended = try scratch.run(
            ["train", "--model", Fixture.mlp, "--data", Fixture.train] + options
                + ["--save-best", "val_loss", "--out", "{best}.keras", "--log", "log.jsonl", "--log-every", "1000"])
        let losses = try LogFile(scratch, "log.jsonl").events("epoch").map { $0["val_loss"] as? Double ?? .nan }
        let best = losses.firstIndex(of: losses.min()!)! + 1
        ended.expect(0, "saved {best}.keras", "wrote {best}.keras from epoch \(best)")
        let evaluated = try scratch.millrace(
            "evaluate", "--model", "{best}.keras", "--data", Fixture.test, "--json")
        let figures = try #require(
            try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Double])
        #expect(figures["loss"] == losses.min())
        #expect(try scratch.names == ["log.jsonl", "{best}.keras"])
    }

    @Test func `a plateau makes the learning rate smaller, and the CSV file shows it`() throws {
        let scratch = try Scratch()
        try scratch.run(
            base + validated
                + ["--epochs", "5", "--learning-rate", "0.1", "--reduce-lr", "val_loss:0.5:0", "--csv", "log.csv"]
        ).expect(0)
        let rows = String(decoding: try scratch.bytes("log.csv"), as: UTF8.self).split(separator: "\r\n").map {
            $0.split(separator: ",").map(String.init)
        }
        #expect(rows[0] == ["epoch", "accuracy", "learning_rate", "loss", "val_accuracy", "val_loss"])
        #expect(rows.dropFirst().map { $0[0] } == ["0", "1", "2", "3", "4"])
        let rates = rows.dropFirst().map { Double($0[2])! }
        let losses = rows.dropFirst().map { Double($0[5])! }
        var (best, rate) = (Double.infinity, 0.1)
        for (loss, found) in zip(losses, rates) {
            #expect(abs(found - rate) < 1e-8)
            if loss < best - 1e-4 { best = loss } else { rate /= 2 }
        }
    }

    @Test func `event files lie in train and validation`() throws {
        let scratch = try Scratch()
        try scratch.run(base + validated + ["--tensorboard", "events"]).expect(0)
        for part in ["train", "validation"] {
            let names = try FileManager.default.contentsOfDirectory(atPath: scratch.path("events/\(part)"))
            #expect(names.count == 1 && names[0].hasPrefix("events.out.tfevents."))
        }
    }

    @Test(arguments: [
        (["--early-stopping", "val_loss"], "there is no validation data"),
        (["--early-stopping", "loss:x"], "METRIC[:patience]"), (["--early-stopping", ":3"], "METRIC[:patience]"),
        (["--early-stopping", "loss:-1"], "METRIC[:patience]"), (["--early-stopping", "acc:2"], "loss, accuracy"),
        (["--reduce-lr", "loss:1"], "below 1"), (["--reduce-lr", "loss:0.5:1:2"], "METRIC[:factor[:patience]]"),
        (["--save-best", "loss"], "--out"), (["--save-best", "los", "--out", "out.keras"], "--save-best los"),
        (["--class-weight", "0=1,1"], "class=weight"), (["--class-weight", "0=1,0=2"], "two weights"),
        (["--class-weight", "0=-1"], "class=weight"), (["--accumulate", "0"], "positive"),
        (["--accumulate", "33"], "no more parts"), (["--initial-epoch", "1"], "nothing is left"),
        (["--initial-epoch", "-1"], "--initial-epoch"), (["--validation-freq", "0"], "positive"),
        (["--validation-steps", "2"], "--validation-split"),
    ]) func `options that cannot be meant are refused with what was expected`(_ options: [String], _ text: String)
        throws
    {
        let scratch = try Scratch()
        try scratch.run(base + options).expect(64, text)
        #expect(try scratch.names.isEmpty)
    }

    @Test func `an output of a callback that cannot be made ends the run before it begins`() throws {
        let scratch = try Scratch()
        try scratch.run(base + ["--csv", "no/log.csv"]).expect(73, "no/log.csv")
        try scratch.write("file", "")
        try scratch.run(base + ["--tensorboard", "file/events"]).expect(73, "file/events")
    }

    @Test func `validation takes part of the data, every so many epochs`() throws {
        let scratch = try Scratch()
        try scratch.run(
            base + validated
                + ["--epochs", "5", "--initial-epoch", "1", "--validation-freq", "2", "--validation-steps", "2"]
                + ["--validation-batch-size", "7", "--log", "log.jsonl", "--log-every", "1000"]
        ).expect(0)
        let epochs = try LogFile(scratch, "log.jsonl").events("epoch")
        #expect(epochs.map { $0["epoch"] as? Int } == [2, 3, 4, 5])
        #expect(epochs.map { $0["val_loss"] != nil } == [true, false, true, false])
        // Fourteen rows.
        let accuracy = try #require(epochs[0]["val_accuracy"] as? Double)
        #expect(abs(accuracy * 14 - (accuracy * 14).rounded()) < 1e-9)
    }

    @Test func `parts of a batch make the same update, and the plan says so`() throws {
        let scratch = try Scratch()
        for (name, options) in [("one", []), ("four", ["--accumulate", "4"])] {
            try scratch.run(
                base + options + ["--log", "\(name).jsonl", "--log-every", "1000", "--out", "\(name).keras"]
            ).expect(0)
        }
        let (one, four) = (try Model.load(scratch.path("one.keras")), try Model.load(scratch.path("four.keras")))
        for (left, right) in zip(one.weights, four.weights) {
            #expect(zip(left.values, right.values).allSatisfy { abs($0 - $1) < 1e-4 }, "\(left.name)")
        }
        #expect(one.iterations == four.iterations)
        let plan = try LogFile(scratch, "four.jsonl").lines[0]
        #expect(plan["accumulate"] as? Int == 4 && plan["micro_batch"] as? Int == 8)
    }

    @Test func `weights of classes count in the loss`() throws {
        let scratch = try Scratch()
        let zeros = (0..<10).map { "\($0)=0" }.joined(separator: ",")
        try scratch.run(base + ["--class-weight", zeros, "--out", "out.keras"]).expect(0)
        let before = try Model.load(Fixture.mlp).weights.map(\.values)
        #expect(try Model.load(scratch.path("out.keras")).weights.map(\.values) == before)
    }

    @Test func `options come from a file, too`() throws {
        let scratch = try Scratch()
        try scratch.write("run.yaml", "early-stopping: val_loss:0\nvalidation: \(Fixture.test)\nepochs: 30\n")
        try scratch.run(base + ["--config", "run.yaml", "--learning-rate", "0.1", "--csv", "log.csv"]).expect(0)
        #expect(try scratch.bytes("log.csv").count < 3000)
    }
}
