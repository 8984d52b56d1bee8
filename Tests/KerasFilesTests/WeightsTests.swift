import Foundation
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Weights without layers: `.weights.h5` and `.safetensors`.
@Suite struct WeightsTests {
    static let endings = [".weights.h5", ".safetensors"]
    static let names = ["trained-adam", "normalization"]

    private func model(_ name: String) throws -> Model { try Model.load(Fixtures.path("models/\(name).keras")) }

    private func bits(_ model: Model) -> [[UInt32]] { model.weights.map { $0.values.map(\.bitPattern) } }

    @Test(arguments: names, endings) func `what Keras and safetensors write is read`(
        _ name: String, _ ending: String
    ) throws {
        let model = try model(name)
        let iterations = model.iterations
        try model.loadWeights(from: Fixtures.path("weights/\(name)\(ending)"))
        for (place, weight) in model.weights.enumerated() {
            let expected =
                weight.name.hasSuffix("/count") ? [7] : det(weight.shape, Double(place), 1)
            #expect(weight.values == expected, "\(weight.name)")
        }
        // The optimizer goes on where it was.
        #expect(iterations == 3 && model.iterations == 3 && !model.store.slots.isEmpty)
    }

    @Test(arguments: loadable, endings) func `what is written is read as the same, and gives the same bytes`(
        _ name: String, _ ending: String
    ) throws {
        let scratch = try Scratch()
        let (model, other) = (try Model.load(Fixtures.path(name)), try Model.load(Fixtures.path(name)))
        let path = scratch.path("saved\(ending)")
        try model.saveWeights(to: path)
        try other.setWeights(other.weights.map { $0.values.map { _ in 1 } })
        try other.loadWeights(from: path)
        #expect(bits(other) == bits(model))
        let first = try bytes(path)
        try other.saveWeights(to: path)
        #expect(try bytes(path) == first)
        #expect(try scratch.names == ["saved\(ending)"])
    }

    @Test func `a whole model's file gives its weights`() throws {
        let scratch = try Scratch()
        let model = try model("trained-adam")
        let expected = bits(model)
        try model.save(scratch.path("whole.keras"))
        try model.setWeights(model.weights.map { $0.values.map { _ in 0 } })
        try model.loadWeights(from: scratch.path("whole.keras"))
        #expect(bits(model) == expected)
    }

    @Test func `a tensor may have the model's name in front`() throws {
        let model = try model("trained-adam")
        let text = tensors(model) { "\(model.name)/\($0)" }
        let scratch = try Scratch()
        try model.loadWeights(from: try scratch.write("prefixed.safetensors", text))
        #expect(model.weights.allSatisfy { $0.values.allSatisfy { $0 == 1 } })
    }

    @Test(
        arguments: [
            ("F16", [0x00, 0x3e]), ("BF16", [0xc0, 0x3f]), ("F64", [0, 0, 0, 0, 0, 0, 0xf8, 0x3f]),
            ("F32", [0, 0, 0xc0, 0x3f]),
        ] as [(String, [UInt8])])
    func `numbers of other widths become float32`(_ type: String, _ element: [UInt8]) throws {
        let model = try model("trained-adam")
        let scratch = try Scratch()
        let file = tensors(model, type: type, element: element) { $0 }
        try model.loadWeights(from: try scratch.write("typed.safetensors", file))
        #expect(model.weights.allSatisfy { $0.values.allSatisfy { $0 == 1.5 } })
    }

    /// A safetensors file with one element repeated for every weight, under names that follow from the paths.
    private func tensors(
        _ model: Model, type: String = "I64", element: [UInt8] = [1, 0, 0, 0, 0, 0, 0, 0],
        leavingOut: String? = nil, _ name: (String) -> String
    ) -> [UInt8] {
        var (members, data) = ([JSONValue.Member](), [UInt8]())
        for weight in model.weights where weight.name != leavingOut {
            let begin = data.count
            for _ in 0..<weight.shape.elementCount { data += element }
            let place = JSONValue.object([
                "dtype": .string(type), "shape": .array(weight.shape.dimensions.map(JSONValue.integer)),
                "data_offsets": .array([.integer(begin), .integer(data.count)]),
            ])
            members.append(.init(key: name(weight.name), value: place))
        }
        return file(JSONValue.object(members).text(), data)
    }

    private func file(_ header: String, _ data: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { Array($0) } + Array(header.utf8) + data
    }

    private func expectRefused(
        _ model: Model, _ path: String, _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let before = bits(model)
        let error = #expect(throws: KerasFileError.self, sourceLocation: sourceLocation) {
            try model.loadWeights(from: path)
        }
        for fragment in [path] + fragments {
            #expect(
                error?.description.contains(fragment) == true, "\(error?.description ?? "")",
                sourceLocation: sourceLocation)
        }
        #expect(bits(model) == before, sourceLocation: sourceLocation)
    }

    @Test func `weights of another model are refused with what was expected, and change nothing`() throws {
        let scratch = try Scratch()
        let model = try Sequential(input: [6], name: "other") {
            Dense(8, name: "dense")
            Dense(4, name: "dense_1")
        }
        let (h5, st) = (
            Fixtures.path("weights/trained-adam.weights.h5"), Fixtures.path("weights/trained-adam.safetensors")
        )
        expectRefused(model, h5, "/dense/vars/0", "(6, 8)")
        expectRefused(model, st, "\"dense/kernel\" has shape", "needs (6, 8)")
        let trained = try self.model("trained-adam")
        let missing = tensors(trained, leavingOut: "dense_1/bias") { $0 }
        expectRefused(trained, try scratch.write("missing.safetensors", missing), "no tensor \"dense_1/bias\"", "(3,)")
        let renamed = tensors(trained) { $0 == "dense/bias" ? "dense/shift" : $0 }
        expectRefused(trained, try scratch.write("renamed.safetensors", renamed), "\"dense/bias\"", "\"dense/shift\"")
        let whole = try Sequential(input: [6], name: "x") { Dense(5, name: "dense") }
        let larger = try scratch.write("larger.safetensors", tensors(whole) { $0 })
        let smaller = try Sequential(input: [6]) { Dense(5, useBias: false, name: "dense") }
        expectRefused(smaller, larger, "tensor \"dense/bias\" of shape (5,) is no weight of the model")
        expectRefused(model, scratch.path("absent.safetensors"), "No such file")
        expectRefused(model, scratch.path("absent.weights.h5"))
    }

    @Test func `a damaged file gives an error, whatever is damaged`() throws {
        let scratch = try Scratch()
        let model = try model("trained-adam")
        let whole = try bytes(Fixtures.path("weights/trained-adam.safetensors"))
        for length in stride(from: 0, to: whole.count, by: 7) {
            expectRefused(model, try scratch.write("short.safetensors", whole[..<length]))
        }
        for place in 0..<200 {
            var damaged = whole
            damaged[place] ^= 0x15
            _ = try? model.loadWeights(from: try scratch.write("damaged.safetensors", damaged))
        }
        for header in [
            "[]", "{\"a\": 1}", "{\"a\": {\"dtype\": \"F8\", \"shape\": [1], \"data_offsets\": [0, 1]}}",
            "{\"a\": {\"dtype\": \"F32\", \"shape\": [-1], \"data_offsets\": [0, 4]}}",
            "{\"a\": {\"dtype\": \"F32\", \"shape\": [4611686018427387904, 4], \"data_offsets\": [0, 0]}}",
            "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [4, 0]}}",
            "{\"a\": {\"dtype\": \"F32\", \"shape\": [1], \"data_offsets\": [0, 9223372036854775807]}}",
            "{\"a\": {\"dtype\": \"F32\", \"shape\": [2], \"data_offsets\": [0, 4]}}",
        ] {
            expectRefused(model, try scratch.write("header.safetensors", file(header, [0, 0, 0, 0])))
        }
    }

    @Test func `names that say no format, and places that nothing can be written to`() throws {
        let scratch = try Scratch()
        let model = try model("uncompiled")
        for path in [scratch.path("weights.h5"), scratch.path("weights.npz")] {
            let error = #expect(throws: KerasFileError.self) { try model.saveWeights(to: path) }
            #expect(error?.reason.contains(".weights.h5 or .safetensors") == true)
        }
        for ending in Self.endings {
            let error = #expect(throws: KerasFileError.self) {
                try model.saveWeights(to: scratch.path("absent/net\(ending)"))
            }
            #expect(error?.kind == .cannotCreate)
        }
        #expect(try scratch.names == [])
    }

    @Test func `two weights of one name are no safetensors file`() throws {
        let scratch = try Scratch()
        let input = Input(4)
        let inner = try Sequential(input: [4], name: "a") { Dense(4, name: "b") }
        let outer = try Model(inputs: [input], outputs: [try Dense(2, name: "a/b")(try inner(input))])
        let error = #expect(throws: KerasFileError.self) { try outer.saveWeights(to: scratch.path("same.safetensors")) }
        #expect(error?.reason.contains("\"a/b/kernel\"") == true)
        try outer.saveWeights(to: scratch.path("same.weights.h5"))
    }
}
