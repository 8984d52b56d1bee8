import Foundation
import HDF5Store
import Memory
import Testing

/// `train --augment` and `--augment-input`.
@Suite struct AugmentOptionTests {
    private let scratch: Scratch
    init() throws { scratch = try Scratch() }

    private static let changes = ["--augment", "rotate=10", "shift=0.1", "noise=0.01", "erase=0.2"]

    /// Trains and returns the bytes of the model.
    private func train(_ options: [String]) throws -> Data {
        try scratch.run(
            [
                "train", "--model", Fixture.mlp, "--data", Fixture.train, "--rows", ":300", "--out", "out.keras",
                "--quiet",
            ] + options
        ).expect(0)
        return try scratch.bytes("out.keras")
    }

    @Test func `rows change, whatever the number of workers, and every epoch anew`() throws {
        let one = try train(Self.changes + ["--epochs", "2", "--decode-workers", "1"])
        #expect(try train(Self.changes + ["--epochs", "2", "--decode-workers", "3"]) == one)
        #expect(try train(["--epochs", "2"]) != one)
        #expect(try train(Self.changes + ["--epochs", "2", "--seed", "1"]) != one)
        // From a file, as a list.
        try scratch.write("run.yaml", "augment: [rotate=10, shift=0.1, noise=0.01, erase=0.2]\nepochs: 2\n")
        #expect(try train(["--config", "run.yaml"]) == one)
    }

    @Test func `a run that goes on ends with the same bytes`() throws {
        let whole = try train(Self.changes + ["--epochs", "3"])
        let kept = Self.changes + ["--checkpoint", "state", "--checkpoint-every", "4"]
        _ = try train(kept + ["--epochs", "1"])
        #expect(try train(kept + ["--epochs", "3", "--resume"]) == whole)
    }

    @Test(arguments: [
        (["--augment", "wobble=1"], "wobble"), (["--augment", "rotate=x"], "rotate"),
        (["--augment-input", "images"], "--augment"),
        (["--augment", "rotate=10", "--augment-input", "nothing"], "nothing"),
        (["--augment", "mixup=0.2"], "--one-hot"),
    ]) func `what cannot be meant is refused`(_ options: [String], _ text: String) throws {
        try scratch.run(
            ["train", "--model", Fixture.mlp, "--data", Fixture.train, "--out", "out.keras", "--quiet"] + options
        ).expect(64, text)
        #expect(try scratch.names.isEmpty)
    }

    @Test func `rows over classes can be mixed, class numbers cannot`() throws {
        let dense = ["--one-hot", "labels=10", "--loss", "categorical_crossentropy", "--metrics", "accuracy"]
        let plain = try train(dense)
        #expect(try train(dense + ["--augment", "mixup=0.2"]) != plain)
        #expect(try train(dense + ["--augment", "mixup=0.2", "--decode-workers", "3"]) == scratch.bytes("out.keras"))
    }

    @Test func `of several inputs one is named, and that one changes`() throws {
        let writer = try HDF5FileWriter(path: scratch.path("data.h5"))
        for (name, width) in [("left", 4), ("right", 3), ("values", 2)] {
            let rows = try writer.rows(name, type: .float32, rowShape: [width], chunkRows: 10)
            try (0..<40 * width).map { sinf(Float($0)) }.withUnsafeBytes { try rows.append($0) }
            try rows.finish()
        }
        let kinds = try writer.rows("kinds", type: .int32, rowShape: [], chunkRows: 10)
        try (0..<40).map { Int32($0 % 3) }.withUnsafeBytes { try kinds.append($0) }
        try kinds.finish()
        try writer.commit()
        func run(_ options: String...) throws -> Ended {
            try scratch.run(
                [
                    "train", "--model", Fixture.path("goldens/training/list.keras"), "--data", "data.h5", "--x",
                    "b=right",
                    "--x", "a=left", "--y", "cls=kinds", "--y", "reg=values", "--out", "out.keras", "--quiet",
                ] + options)
        }
        try run("--augment", "noise=0.1").expect(64, "left, right", "name the column")
        try run("--augment", "noise=0.1", "--augment-input", "kinds").expect(64, "\"kinds\"", "left, right")
        var models: Set<Data> = []
        for options in [[], ["--augment-input", "left"], ["--augment-input", "right"]] {
            let ended = try options.isEmpty ? run() : run("--augment", "noise=0.1", options[0], options[1])
            ended.expect(0)
            models.insert(try scratch.bytes("out.keras"))
        }
        #expect(models.count == 3)
    }
}
