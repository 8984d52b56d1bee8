import Foundation
import Testing

/// Options: wrong ones, `--help`, and those of a file.
@Suite struct UsageTests {
    @Test(arguments: [
        ["--epochs", "0"], ["--epochs", "many"], ["--batch-size", "0"], ["--batch-size", "-1"],
        ["--steps-per-epoch", "0"],
        ["--memory", "lots"], ["--validation-split", "1.5"], ["--validation-split", "0"], ["--shuffle", "some"],
        ["--seed", "-1"], ["--decode-workers", "0"], ["--compute-threads", "0"], ["--log-every", "0"], ["--nonsense"],
        ["--optimizer", "rprop"], ["--lr-schedule", "cosine:steps=0"], ["--lr-schedule", "sawtooth"],
        ["--loss", "hinges"], ["--metrics", "accuracy,guesses"], ["--freeze", "nothing*"],
        ["--out", "model.txt"], ["--validation", Fixture.test, "--validation-split", "0.1"],
        ["--quiet", "surplus"], ["--rows", "5"], ["--rows", "a:b"], ["--rows", "10:10"], ["--rows", "5000:"],
        ["--scale", "images"], ["--scale", "images=fast"], ["--scale", "images=1/0"], ["--scale", "pictures=2"],
        ["--one-hot", "labels=0"], ["--one-hot", "labels=some"], ["--sparse", "nothing"], ["--sparse", "labels"],
    ])
    func `a wrong option`(_ options: [String]) throws {
        let scratch = try Scratch()
        let ended = try scratch.run(["train", "--model", Fixture.mlp, "--data", Fixture.train] + options)
        ended.expect(64, options[0] == "--quiet" ? "surplus" : options[0])
        #expect(ended.output.isEmpty)
        #expect(try scratch.names.isEmpty)
    }

    @Test(arguments: [
        ("--one-hot", "labels=ten", "NAME=CLASSES, a whole number"), ("--one-hot", "labels", "NAME=CLASSES"),
        ("--scale", "images=fast", "NAME=S,OFFSET"), ("--scale", "images", "NAME=S"),
    ])
    func `a wrong conversion says what was expected`(option: String, value: String, expected: String) throws {
        let ended = try Scratch().run(["train", "--model", Fixture.mlp, "--data", Fixture.train, option, value])
        ended.expect(64, option, value, expected)
    }

    @Test func `a missing option, and a command that does not exist`() throws {
        let scratch = try Scratch()
        try scratch.millrace("train", "--data", Fixture.train).expect(64, "--model")
        try scratch.millrace("predict", "--model", Fixture.mlp, "--data", Fixture.test).expect(64, "--out")
        try scratch.millrace("dance").expect(64)
        try scratch.millrace("inspect").expect(64)
    }

    @Test func `a model that is not compiled needs a loss`() throws {
        let scratch = try Scratch()
        let model = Fixture.path("models/uncompiled.keras")
        let data = Fixture.path("hdf5/contiguous.h5")
        try scratch.millrace("train", "--model", model, "--data", data).expect(64, "no loss", "--loss")
        try scratch.millrace("train", "--model", model, "--data", data, "--optimizer", "sgd").expect(64, "--loss")
        #expect(try scratch.names.isEmpty)
    }

    @Test(arguments: [[], ["train"], ["evaluate"], ["predict"], ["inspect"], ["tune"]])
    func `help has an example and is no failure`(_ command: [String]) throws {
        let scratch = try Scratch()
        let ended = try scratch.run(command + ["--help"])
        ended.expect(0)
        #expect(ended.output.contains("USAGE: millrace"))
        #expect(ended.output.contains("  millrace \(command.first ?? "train") "))
        #expect(ended.errors.isEmpty)
    }

    @Test func `options of a YAML file are those of the command line`() throws {
        let scratch = try Scratch()
        try scratch.write(
            "run.yaml",
            """
            model: \(Fixture.mlp)
            data: \(Fixture.train)
            x: images
            y: labels
            steps-per-epoch: 3
            learning-rate: 0.01
            freeze: [dense, dense_1]
            quiet: true
            out: from-file.keras
            """)
        let ended = try scratch.millrace("train", "--config", "run.yaml")
        ended.expect(0)
        #expect(ended.errors.isEmpty)
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--steps-per-epoch", "3", "--learning-rate",
            "0.01",
            "--freeze", "dense", "--freeze", "dense_1", "--quiet", "--out", "from-flags.keras"
        ).expect(0)
        #expect(try scratch.bytes("from-file.keras") == scratch.bytes("from-flags.keras"))
    }

    @Test(arguments: [["--config", "run.yaml"], ["--config=run.yaml"]])
    func `flags win over the file, wherever they stand`(_ config: [String]) throws {
        let scratch = try Scratch()
        try scratch.write(
            "run.yaml", "model: absent.keras\ndata: \(Fixture.test)\nquiet: false\nepochs: 2\nlog: log.jsonl\n")
        let flags = ["--model", Fixture.mlp, "--epochs=1", "--quiet"]
        for arguments in [flags + config, config + flags] {
            try scratch.run(["train"] + arguments).expect(0)
            #expect(try LogFile(scratch, "log.jsonl").events("epoch").count == 1)
        }
    }

    @Test func `an unknown key in the file is named`() throws {
        let scratch = try Scratch()
        try scratch.write("run.yaml", "epoch: 2\n")
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", Fixture.train, "--config", "run.yaml")
            .expect(64, "epoch")
        #expect(try scratch.names == ["run.yaml"])
    }

    @Test func `a file that is missing, or is not YAML, or holds no options`() throws {
        let scratch = try Scratch()
        let flags = ["train", "--model", Fixture.mlp, "--data", Fixture.train, "--config"]
        try scratch.run(flags + ["absent.yaml"]).expect(66, "absent.yaml")
        try scratch.write("broken.yaml", "epochs: [1\n")
        try scratch.run(flags + ["broken.yaml"]).expect(65, "broken.yaml")
        try scratch.write("list.yaml", "- 1\n- 2\n")
        try scratch.run(flags + ["list.yaml"]).expect(65, "list.yaml")
        try scratch.write("nested.yaml", "epochs:\n  first: 1\n")
        try scratch.run(flags + ["nested.yaml"]).expect(65, "nested.yaml", "epochs")
        try scratch.run(flags).expect(64, "--config")
    }
}
