import DataSource
import Foundation
import HDF5Store
import Memory
import Testing

/// A file with datasets for a model of several inputs and outputs: row i of dataset k holds 100 k + i.
private func severalColumns(_ names: [String], rows: Int = 20) throws -> TemporaryPath {
    let output = TemporaryPath("\(UUID().uuidString).h5")
    let writer = try HDF5FileWriter(path: output.path)
    for (number, name) in names.enumerated() {
        try writer.writeFloats(name, shape: [rows], (0..<rows).map { Float(100 * number + $0) })
    }
    try writer.commit()
    return output
}

private func openColumns(
    _ file: TemporaryPath, inputs: [String] = ["left", "right"], outputs: [String] = ["class"], x: [String] = [],
    y: [String] = [], sampleWeight: String? = nil, requiresTargets: Bool = true
) throws(DataError) -> HDF5Source {
    try HDF5Source(
        paths: [file.path], modelInputs: inputs, modelOutputs: outputs, x: x, y: y, sampleWeight: sampleWeight,
        requiresTargets: requiresTargets)
}

@Suite struct ColumnNamesTests {
    @Test func `several inputs and targets stream together, in the model's order`() throws {
        let file = try severalColumns(["a", "b", "c", "d", "w"])
        let source = try openColumns(
            file, outputs: ["class", "value"], x: ["right=a", "left=b"], y: ["value=c", "class=d"], sampleWeight: "w")
        #expect(source.inputs.map(\.name) == ["b", "a"] && source.targets.map(\.name) == ["d", "c"])
        var options = BatchOptions()
        options.batchSize = 6
        let stream = try BatchStream(source, options: options)
        var seen: [Float] = []
        while let batch = try stream.next() {
            for row in 0..<batch.rowCount {
                let sample = batch.inputs[1].floats[row]
                #expect(batch.inputs[0].floats[row] == 100 + sample)
                #expect(batch.targets[0].floats[row] == 300 + sample)
                #expect(batch.targets[1].floats[row] == 200 + sample)
                #expect(batch.sampleWeight?.floats[row] == 400 + sample)
                seen.append(sample)
            }
        }
        #expect(seen.sorted() == (0..<20).map { Float($0) })
    }

    @Test func `names without assignment are in the model's order`() throws {
        let file = try severalColumns(["a", "b", "y"])
        #expect(try openColumns(file, x: ["b", "a"]).inputs.map(\.name) == ["b", "a"])
        // The target is found by its usual name.
        #expect(try openColumns(file, x: ["b", "a"]).targets.map(\.name) == ["y"])
        #expect(try openColumns(file, x: ["a", "b"], requiresTargets: false).targets.isEmpty)
    }

    @Test func `datasets of the inputs' own names are found`() throws {
        let file = try severalColumns(["right", "left", "weight", "answer"])
        let source = try openColumns(file, sampleWeight: "weight")
        #expect(source.inputs.map(\.name) == ["left", "right"] && source.targets.map(\.name) == ["answer"])
        let unclear = #expect(throws: DataError.self) { _ = try openColumns(file) }
        #expect(unclear?.message.contains("cannot tell which dataset is y") == true)
        let outputs = try openColumns(file, inputs: ["left"], outputs: ["answer", "weight"], x: ["left"])
        #expect(outputs.targets.map(\.name) == ["answer", "weight"])
    }

    @Test func `inputs that are not there are listed with what is`() throws {
        let file = try severalColumns(["left", "b", "y"])
        let error = #expect(throws: DataError.self) { _ = try openColumns(file) }
        #expect(error?.kind == .invalid)
        for fragment in ["the model's inputs are left, right", "/left (20,) float32", "/b (20,) float32"] {
            #expect(error?.message.contains(fragment) == true, "\(error?.message ?? "")")
        }
    }

    @Test(arguments: [
        (["up=a", "left=b"], "the model has no input \"up\""), (["left=a"], "input \"right\" is missing"),
        (["left=a", "left=b", "right=b"], "input \"left\" is assigned 2 times"),
        (["left=a", "b"], "some are assigned by name and others are not"),
        (["a"], "expected 2 inputs, found 1"), (["a", "b", "y"], "expected 2 inputs, found 3"),
    ])
    func `wrong assignments are refused with the model's names and the file's`(x: [String], text: String) throws {
        let file = try severalColumns(["a", "b", "y"])
        let error = #expect(throws: DataError.self) { _ = try openColumns(file, x: x, y: ["y"]) }
        #expect(error?.kind == .usage)
        for fragment in [text, "the model's inputs are left, right", "/a (20,) float32"] {
            #expect(error?.message.contains(fragment) == true, "\(error?.message ?? "")")
        }
    }

    @Test func `a column of weights is no candidate for a target`() throws {
        let file = try severalColumns(["inputs", "weights", "answers"])
        let source = try openColumns(file, inputs: ["left"], x: ["inputs"], sampleWeight: "weights")
        #expect(source.targets.map(\.name) == ["answers"])
    }
}
