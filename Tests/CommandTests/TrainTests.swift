import Foundation
import HDF5Store
import KerasFiles
import NeuralNetwork
import Testing

/// What `train` does when all is well.
@Suite struct TrainTests {
    @Test func `trains, evaluates and predicts`() throws {
        let scratch = try Scratch()
        let trained = try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--epochs", "8", "--learning-rate", "0.005",
            "--validation", Fixture.test, "--out", "trained.keras", "--log", "log.jsonl", "--log-every", "1000")
        trained.expect(0, "Epoch 8/8", "memory plan", "trained.keras")
        #expect(trained.output.isEmpty)

        let evaluated = try scratch.millrace("evaluate", "--model", "trained.keras", "--data", Fixture.test, "--json")
        evaluated.expect(0)
        let figures = try #require(
            try JSONSerialization.jsonObject(with: Data(evaluated.output.utf8)) as? [String: Double])
        #expect(Set(figures.keys) == ["loss", "accuracy"])
        let accuracy = try #require(figures["accuracy"])
        #expect(accuracy > 0.93)
        let last = try #require(try LogFile(scratch, "log.jsonl").events("epoch").last)
        #expect(last["val_accuracy"] as? Double == accuracy)
        #expect(last["val_loss"] as? Double == figures["loss"])
        let plain = try scratch.millrace("evaluate", "--model", "trained.keras", "--data", Fixture.test)
        plain.expect(0)
        #expect(plain.output.contains("loss: ") && plain.output.contains(" - accuracy: "))

        try scratch.millrace("predict", "--model", "trained.keras", "--data", Fixture.test, "--out", "out.h5")
            .expect(0, "out.h5")
        let predictions = try HDF5File(path: scratch.path("out.h5"))
        #expect(try predictions.shape(of: "predictions") == [360, 10])
        let values = try predictions.readFloats("predictions")
        let labels = try HDF5File(path: Fixture.test).readIntegers("labels")
        let right = labels.indices.filter { row in
            let scores = values[row * 10..<row * 10 + 10]
            return scores.indices.max { scores[$0] < scores[$1] }! - scores.startIndex == Int(labels[row])
        }
        #expect(abs(Double(right.count) / 360 - accuracy) < 1e-9)
        #expect(try scratch.names == ["log.jsonl", "out.h5", "trained.keras"])
    }

    @Test func `predictions do not depend on the batch size`() throws {
        let scratch = try Scratch()
        var results: [[Float]] = []
        for size in ["1", "32", "360", "1000"] {
            try scratch.millrace(
                "predict", "--model", Fixture.convnet, "--data", Fixture.test, "--batch-size", size, "--out", "out.h5",
                "--quiet"
            ).expect(0)
            results.append(try HDF5File(path: scratch.path("out.h5")).readFloats("predictions"))
        }
        for other in results.dropFirst() {
            #expect(other.count == results[0].count && !other.isEmpty)
            #expect(zip(other, results[0]).allSatisfy { abs($0 - $1) <= 1e-6 })
        }
    }

    @Test func `log lines have the fields of the contract`() throws {
        let scratch = try Scratch()
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--epochs", "2", "--validation", Fixture.test,
            "--memory", "256MiB", "--out", "out.keras", "--log", "log.jsonl", "--log-every", "20", "--quiet"
        ).expect(0)
        let log = try LogFile(scratch, "log.jsonl")
        #expect(log.names == ["plan", "batch", "batch", "epoch", "batch", "batch", "epoch", "end"])
        let plan = try #require(log.lines.first)
        for name in [
            "cap_bytes", "base_bytes", "parameters_bytes", "gradients_bytes", "optimizer_bytes", "copies_bytes",
            "activations_bytes",
            "decode_bytes", "window_bytes", "queue_bytes", "micro_batch", "accumulate", "samples",
        ] {
            #expect(plan[name] is Int, "\(name)")
        }
        #expect(plan["cap_bytes"] as? Int == 256 << 20)
        #expect(plan["samples"] as? Int == 1437)
        #expect(plan["micro_batch"] as? Int == 32)
        #expect((plan["shuffle"] as? [String: Any])?["policy"] as? String == "window")
        for batch in log.events("batch") {
            #expect(
                Set(batch.keys) == ["event", "epoch", "step", "loss", "batch_loss", "accuracy", "learning_rate"])
        }
        #expect(log.events("batch").map { $0["step"] as? Int } == [20, 40, 15, 35])
        #expect(log.events("batch").allSatisfy { $0["learning_rate"] as? Double == 0.001 })
        for (number, epoch) in log.events("epoch").enumerated() {
            #expect(
                Set(epoch.keys) == [
                    "event", "epoch", "loss", "accuracy", "val_loss", "val_accuracy", "samples", "seconds",
                    "samples_per_second", "wait_fraction", "stored_bytes_read", "peak_rss_bytes", "rss_bytes",
                    "plans", "planning_seconds",
                    "data",
                ])
            let data = try #require(epoch["data"] as? [String: Any])
            for name in [
                "read_bytes", "decoded_blocks", "decoded_bytes", "filled_bytes", "active_workers", "queue_limit",
                "skipped_blocks", "skipped_samples",
            ] {
                #expect(data[name] is Int, "\(name)")
            }
            for name in ["read_seconds", "decode_seconds", "fill_seconds", "wait_seconds", "queue_fill"] {
                #expect(data[name] is Double || data[name] is Int, "\(name)")
            }
            let resident = try #require(epoch["rss_bytes"] as? Int)
            let peak = try #require(epoch["peak_rss_bytes"] as? Int)
            #expect(resident > 0 && resident <= peak)
            #expect((data["worker_busy"] as? [Any])?.isEmpty == false)
            #expect(epoch["epoch"] as? Int == number + 1)
            #expect(epoch["samples"] as? Int == 1437)
            #expect((0...1).contains(try #require(epoch["wait_fraction"] as? Double)))
        }
        let end = try #require(log.lines.last)
        #expect(Set(end.keys) == ["event", "status", "epochs", "peak_rss_bytes", "peak_account_bytes", "out"])
        let peaks = try #require(end["peak_account_bytes"] as? [String: Int])
        for (account, peak) in peaks {
            var planned = try #require(plan["\(account)_bytes"] as? Int)
            // Planning a step moves the weights, before there are gradients.
            if account == "parameters" { planned += try #require(plan["gradients_bytes"] as? Int) }
            #expect(peak <= planned, "\(account)")
        }
        // Validation has a window of its own, of one block, besides.
        #expect(peaks["window"] == plan["window_bytes"] as? Int)
        #expect(try #require(peaks["parameters"]) > 0)
        #expect(end["status"] as? String == "done")
        #expect(end["epochs"] as? Int == 2)
        #expect(end["out"] as? String == "out.keras")
    }

    @Test func `the bytes read are those of the datasets`() throws {
        let scratch = try Scratch()
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--log", "log.jsonl", "--epochs", "3", "--quiet"
        ).expect(0)
        let read = try LogFile(scratch, "log.jsonl").events("epoch").map { $0["stored_bytes_read"] as? Int ?? 0 }
        // What h5py says that the chunks of images and labels take. A dataset that fits the window is read once.
        let stored = 37790 + 865
        #expect(read.reduce(0, +) >= stored)
        #expect(read.reduce(0, +) % stored == 0)
    }

    @Test func `a bad block ends the run, or is skipped, reported and counted`() throws {
        let scratch = try Scratch()
        var bytes = try Data(contentsOf: URL(filePath: Fixture.train))
        // Inside the stored chunks of the images: what is there does not decode any more.
        for place in 20_000..<20_064 { bytes[place] = 0xff }
        try scratch.write("bad.h5", bytes)
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", "bad.h5", "--out", "out.keras", "--quiet"
        ).expect(65, "bad.h5", "block ", "deflate")
        #expect(try scratch.names == ["bad.h5"])
        let skipped = try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", "bad.h5", "--out", "out.keras", "--on-bad-block", "skip",
            "--epochs", "2", "--log", "log.jsonl")
        skipped.expect(0, "skipped: bad.h5")
        let log = try LogFile(scratch, "log.jsonl")
        let bad = log.events("bad_block")
        #expect(bad.count == 1 && (bad[0]["message"] as? String)?.contains("deflate") == true)
        let rows = try #require(bad[0]["rows"] as? Int)
        for epoch in log.events("epoch") {
            #expect(epoch["samples"] as? Int == 1437 - rows)
            #expect((epoch["data"] as? [String: Any])?["skipped_samples"] as? Int == rows)
        }
    }

    @Test(arguments: ["none", "block", "window", "exact"]) func `every shuffle policy trains`(policy: String) throws {
        let scratch = try Scratch()
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--shuffle", policy, "--out", "out.keras",
            "--quiet"
        ).expect(0)
    }

    @Test func `the same seed gives the same bytes with any number of workers`() throws {
        let scratch = try Scratch()
        for model in [Fixture.mlp, Fixture.convnet] {
            var results: [Data] = []
            for workers in ["1", "2", "5", "2"] {
                try scratch.millrace(
                    "train", "--model", model, "--data", Fixture.train, "--epochs", "2", "--seed", "7",
                    "--decode-workers", workers, "--out", "out.keras", "--quiet"
                ).expect(0)
                results.append(try scratch.bytes("out.keras"))
            }
            #expect(results.allSatisfy { $0 == results[0] })
            try scratch.millrace(
                "train", "--model", model, "--data", Fixture.train, "--epochs", "2", "--seed", "8", "--out",
                "out.keras",
                "--quiet"
            ).expect(0)
            #expect(try scratch.bytes("out.keras") != results[0])
        }
    }

    @Test func `the mask of rights is not in the model's bytes, and is in the file's rights`() throws {
        let scratch = try Scratch()
        for mask in ["022", "077"] {
            let process = try scratch.start([], output: .nullDevice)
            let command = try #require(process.executableURL).path
            process.executableURL = URL(filePath: "/bin/sh")
            process.arguments = [
                "-c", "umask \(mask); exec \"$@\"", "sh", command, "train", "--model", Fixture.mlp, "--data",
                Fixture.test,
                "--out", "\(mask).keras", "--quiet",
            ]
            try process.run()
            process.waitUntilExit()
            #expect(process.terminationStatus == 0)
        }
        #expect(try scratch.bytes("022.keras") == scratch.bytes("077.keras"))
        for (name, rights) in [("022", 0o644), ("077", 0o600)] {
            let attributes = try FileManager.default.attributesOfItem(atPath: scratch.path("\(name).keras"))
            #expect(attributes[.posixPermissions] as? Int == rights)
        }
    }

    @Test func `the last rows are for validation`() throws {
        let scratch = try Scratch()
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--validation-split", "0.25", "--log",
            "log.jsonl",
            "--quiet"
        ).expect(0)
        let log = try LogFile(scratch, "log.jsonl")
        // Keras keeps ⌊1437 · 0.75⌋ rows.
        #expect(log.lines[0]["samples"] as? Int == 1077)
        let epoch = try #require(log.events("epoch").first)
        #expect(epoch["samples"] as? Int == 1077)
        #expect(epoch["val_loss"] is Double)
    }

    @Test func `frozen layers keep their weights, bit for bit`() throws {
        let scratch = try Scratch()
        try scratch.millrace(
            "train", "--model", Fixture.convnet, "--data", Fixture.test, "--freeze", "conv*", "--out", "out.keras",
            "--quiet"
        ).expect(0)
        let before = try Model.load(Fixture.convnet).weights
        let after = try Model.load(scratch.path("out.keras")).weights
        #expect(before.map(\.name) == after.map(\.name))
        for (old, new) in zip(before, after) {
            #expect((old.values == new.values) == old.name.hasPrefix("conv"), "\(old.name)")
        }
    }

    @Test func `an epoch of a given number of updates`() throws {
        let scratch = try Scratch()
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.train, "--steps-per-epoch", "7", "--epochs", "3",
            "--batch-size", "10", "--log", "log.jsonl", "--out", "out.keras", "--quiet"
        ).expect(0)
        let log = try LogFile(scratch, "log.jsonl")
        #expect(
            log.events("batch").map { $0["step"] as? Int } == Array(repeating: Array(1...7), count: 3).flatMap { $0 })
        #expect(log.events("epoch").map { $0["samples"] as? Int } == [70, 70, 70])
        #expect(try Model.load(scratch.path("out.keras")).iterations == 21)
    }

    @Test func `training goes on where a saved model stopped`() throws {
        let scratch = try Scratch()
        let options = ["--data", Fixture.train, "--shuffle", "none", "--quiet"]
        try scratch.run(["train", "--model", Fixture.mlp, "--epochs", "2", "--out", "both.keras"] + options).expect(0)
        try scratch.run(["train", "--model", Fixture.mlp, "--out", "one.keras"] + options).expect(0)
        try scratch.run(["train", "--model", "one.keras", "--out", "two.keras"] + options).expect(0)
        #expect(try scratch.bytes("two.keras") == scratch.bytes("both.keras"))
    }

    @Test func `another loss, optimizer and metric than the model's`() throws {
        let scratch = try Scratch()
        try scratch.millrace(
            "train", "--model", Fixture.path("models/uncompiled.keras"), "--data", Fixture.path("hdf5/images.h5"),
            "--x",
            "images", "--y", "labels", "--loss", "mse"
        ).expect(65, "images", "(4, 3, 2)", "(6,)")
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.test, "--optimizer", "sgd", "--learning-rate", "0.1",
            "--loss", "sparse_categorical_crossentropy", "--metrics", "sparse_categorical_accuracy", "--out",
            "out.keras",
            "--quiet"
        ).expect(0)
        let compilation = try #require(try Model.load(scratch.path("out.keras")).compilation)
        #expect(compilation.optimizer is SGD)
        #expect(compilation.optimizer.learningRate == 0.1)
        #expect(compilation.outputs[0].metrics.map(\.name) == ["sparse_categorical_accuracy"])
    }

    @Test func `any optimizer with a schedule, which the file keeps`() throws {
        let scratch = try Scratch()
        try scratch.millrace(
            "train", "--model", Fixture.mlp, "--data", Fixture.test, "--optimizer", "AdamW", "--learning-rate", "0.01",
            "--lr-schedule", "cosine:steps=8,warmup=4,alpha=0.1", "--out", "out.keras", "--quiet"
        ).expect(0)
        let optimizer = try #require(try Model.load(scratch.path("out.keras")).compilation?.optimizer as? AdamW)
        let schedule = try #require(optimizer.schedule as? CosineDecay)
        #expect(schedule.warmupTarget == 0.01 && schedule.warmupSteps == 4 && schedule.decaySteps == 8)
        #expect(optimizer.learningRate(at: 12) == 0.001)
    }

    @Test func `quiet prints nothing`() throws {
        let scratch = try Scratch()
        for arguments in [
            ["train", "--model", Fixture.mlp, "--data", Fixture.test, "--out", "out.keras", "--memory", "200MiB"],
            ["predict", "--model", Fixture.mlp, "--data", Fixture.test, "--out", "out.h5"],
        ] {
            let ended = try scratch.run(arguments + ["--quiet"])
            ended.expect(0)
            #expect(ended.output.isEmpty)
            #expect(ended.errors.isEmpty)
        }
    }

    @Test func `an output replaces the file that was there`() throws {
        let scratch = try Scratch()
        try scratch.write("out.keras", "old")
        try scratch.millrace("train", "--model", Fixture.mlp, "--data", Fixture.test, "--out", "out.keras", "--quiet")
            .expect(0)
        #expect(try Model.load(scratch.path("out.keras")).name == "digits_mlp")
        #expect(try scratch.names == ["out.keras"])
    }

    @Test func `inspect names what a file holds`() throws {
        let scratch = try Scratch()
        let ended = try scratch.millrace("inspect", Fixture.convnet, Fixture.train, "--batch-size", "64")
        ended.expect(0)
        for fragment in [
            "digits_convnet, 21386 parameters", "conv2d_1", "(4, 4, 64)", "Adam", "batch size 64",
            "/images (1437, 8, 8) uint8", "/labels (1437,) int64", "deflate",
        ] {
            #expect(ended.output.contains(fragment), "\(fragment)")
        }
    }
}
