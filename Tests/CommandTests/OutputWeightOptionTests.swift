import Foundation
import HDF5Store
import KerasFiles
import Memory
import NeuralNetwork
import Testing

/// `--sample-weight output=column`: weights of the samples of single outputs.
@Suite struct OutputWeightOptionTests {
    private static let rows = 40
    private let scratch: Scratch

    init() throws {
        scratch = try Scratch()
        let writer = try HDF5FileWriter(path: scratch.path("data.h5"))
        func column(_ name: String, _ shape: Shape, _ value: (Int) -> Float) throws {
            let numbers = (0..<Self.rows * shape.elementCount).map(value)
            let rows = try writer.rows(name, type: .float32, rowShape: shape, chunkRows: 7)
            try numbers.withUnsafeBytes { try rows.append($0) }
            try rows.finish()
        }
        try column("left", [4]) { sinf(Float($0)) }
        try column("right", [3]) { sinf(Float($0) + 1) }
        try column("values", [2]) { sinf(Float($0) + 2) }
        try column("nothing", []) { _ in 0 }
        try column("everything", []) { _ in 1 }
        let kinds = try writer.rows("kinds", type: .int32, rowShape: [], chunkRows: 7)
        try (0..<Self.rows).map { Int32($0 * 7 % 3) }.withUnsafeBytes { try kinds.append($0) }
        try kinds.finish()
        try writer.commit()
    }

    private static let model = Fixture.path("goldens/training/list.keras")
    private static let data = [
        "--model", model, "--data", "data.h5", "--x", "b=right", "--x", "a=left", "--y", "cls=kinds", "--y",
        "reg=values", "--quiet",
    ]

    /// The weights behind a run with these options, by their paths.
    private func trained(_ options: String...) throws -> [String: [Float]] {
        try scratch.run(["train", "--out", "out.keras"] + Self.data + options).expect(0)
        return try weights(scratch.path("out.keras"))
    }

    private func weights(_ path: String) throws -> [String: [Float]] {
        Dictionary(uniqueKeysWithValues: try Model.load(path).weights.map { ($0.name, $0.values) })
    }

    @Test func `an output of which no sample counts trains nothing, the other does`() throws {
        let before = try weights(Self.model)
        let after = try trained("--sample-weight", "reg=nothing", "--sample-weight", "cls=everything")
        func changed(_ output: String) throws -> Bool {
            let names = before.keys.filter { $0.contains(output) }
            try #require(!names.isEmpty, "\(before.keys)")
            return names.contains { after[$0] != before[$0] }
        }
        #expect(try !changed("reg") && changed("cls"))
        #expect(try trained("--sample-weight", "reg=nothing", "--sample-weight", "cls=nothing") == before)
        // What counts once counts as if it had no weight.
        let plain = try trained()
        let once = try trained("--sample-weight", "reg=everything")
        for (name, values) in plain {
            #expect(zip(values, once[name]!).allSatisfy { abs($0 - $1) < 1e-5 }, "\(name)")
        }
    }

    @Test func `evaluate and tune take them, too`() throws {
        func loss(_ options: String...) throws -> Double {
            let ended = try scratch.run(["evaluate", "--json"] + Self.data + options)
            ended.expect(0)
            let figures = try JSONSerialization.jsonObject(with: Data(ended.output.utf8)) as? [String: Double]
            return try #require(figures?["reg_loss"])
        }
        #expect(try loss("--sample-weight", "reg=nothing") == 0)
        #expect(try loss() > 0)
        let tuned = try scratch.run(
            ["tune", "--sample-weight", "reg=nothing", "--sample-weight", "cls=everything", "--seconds", "1"]
                + Self.data)
        tuned.expect(0)
        for column in ["reg=nothing", "cls=everything"] { #expect(tuned.output.contains(column), "\(tuned.output)") }
    }

    @Test(arguments: [
        (["reg=nothing", "reg=everything"], "output reg has two columns of weights"),
        (["none=nothing"], "the model's outputs are reg, cls"), (["reg="], "expected output=column"),
        (["reg=nothing", "everything"], "expected output=column, as the others are"),
        (["nothing", "everything"], "is given 2 times"),
    ]) func `weights that belong to no output are refused`(_ columns: [String], _ text: String) throws {
        let options = columns.flatMap { ["--sample-weight", $0] }
        try scratch.run(["train", "--out", "out.keras"] + Self.data + options).expect(64, text)
        #expect(try scratch.names == ["data.h5"])
    }
}
