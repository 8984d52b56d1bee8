import Foundation
import HDF5Store
import KerasFiles
import Memory
import NeuralNetwork
import Testing

/// Models of several inputs and outputs on the command line.
@Suite struct SeveralOutputsTests {
    private static let rows = 40
    private let scratch: Scratch

    /// A file whose columns are called otherwise than the model's inputs and outputs.
    init() throws {
        scratch = try Scratch()
        let writer = try HDF5FileWriter(path: scratch.path("data.h5"))
        func column(_ name: String, _ width: Int, _ phase: Float) throws {
            let numbers = (0..<Self.rows * width).map { sinf(Float($0) * 0.7 + phase) }
            let rows = try writer.rows(name, type: .float32, rowShape: [width], chunkRows: 7)
            try numbers.withUnsafeBytes { try rows.append($0) }
            try rows.finish()
        }
        try column("left", 4, 0)
        try column("right", 3, 1)
        try column("values", 2, 2)
        let classes = (0..<Self.rows).map { Int32($0 * 7 % 3) }
        let rows = try writer.rows("kinds", type: .int32, rowShape: [], chunkRows: 7)
        try classes.withUnsafeBytes { try rows.append($0) }
        try rows.finish()
        try writer.commit()
    }

    private static let data = [
        "--data", "data.h5", "--x", "b=right", "--x", "a=left", "--y", "cls=kinds", "--y", "reg=values",
    ]
    private static let model = Fixture.path("goldens/training/list.keras")

    @Test func `columns are assigned by name, figures are named by output`() throws {
        let trained = try scratch.run(
            ["train", "--model", Self.model, "--epochs", "3", "--out", "out.keras", "--log", "log.jsonl"] + Self.data)
        trained.expect(0, "reg_loss: ", "cls_accuracy: ")
        let epochs = try LogFile(scratch, "log.jsonl").events("epoch")
        let losses = epochs.compactMap { $0["loss"] as? Double }
        #expect(losses.count == 3 && losses[2] < losses[0])
        // The weights of the losses are those of the file.
        for epoch in epochs {
            let (reg, cls) = (epoch["reg_loss"] as? Double ?? .nan, epoch["cls_loss"] as? Double ?? .nan)
            #expect(abs(0.5 * reg + 2 * cls - (epoch["loss"] as? Double ?? .nan)) < 1e-5)
        }
        let evaluated = try scratch.run(["evaluate", "--model", "out.keras", "--json"] + Self.data)
        evaluated.expect(0)
        #expect(evaluated.output.contains("\"cls_weighted_accuracy\""))
        // What was written is compiled as what was read.
        let (found, expected) = (try Model.load(scratch.path("out.keras")), try Model.load(Self.model))
        #expect(found.compilation?.outputs.map(\.lossWeight) == expected.compilation?.outputs.map(\.lossWeight))
        #expect(
            found.compilation?.outputs.map { $0.loss?.name } == [
                "mean_squared_error", "sparse_categorical_crossentropy",
            ])
    }

    @Test func `every output has a dataset of predictions`() throws {
        try scratch.run(
            ["predict", "--model", Self.model, "--out", "pred.h5", "--batch-size", "9"] + Self.data.prefix(6)
        )
        .expect(0, "40 predictions of reg, cls")
        let file = try HDF5File(path: scratch.path("pred.h5"))
        #expect(try file.shape(of: "reg") == [Self.rows, 2])
        #expect(try file.shape(of: "cls") == [Self.rows, 3])
        let sums = try file.readFloats("cls")
        for row in 0..<Self.rows { #expect(abs(sums[row * 3..<row * 3 + 3].reduce(0, +) - 1) < 1e-5) }
    }

    @Test func `targets that are missing or swapped are named`() throws {
        try scratch.run(["train", "--model", Self.model] + Self.data.prefix(8))
            .expect(64, "output \"reg\" is missing", "reg, cls")
        try scratch.run(
            ["train", "--model", Self.model] + Self.data.prefix(6) + ["--y", "cls=values", "--y", "reg=kinds"]
        ).expect(65, "output \"reg\"")
        try scratch.run(["train", "--model", Self.model] + Self.data.prefix(6) + ["--y", "none=kinds"])
            .expect(64, "none", "reg, cls")
    }
}
