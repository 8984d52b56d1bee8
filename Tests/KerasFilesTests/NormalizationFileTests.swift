import Foundation
import HDF5Store
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// `Normalization` in Keras files. That predictions are Keras's, and that files survive, is in `LoadTests` and `SaveTests`.
@Suite struct NormalizationFileTests {
    private static let fixture = "models/normalization.keras"

    @Test func `adapted and given statistics are loaded`() throws {
        let model = try Model.load(Fixtures.path(Self.fixture))
        let layers = model.layers.compactMap { $0 as? Normalization }
        #expect(layers.map(\.name) == ["by_channel", "by_row_and_channel", "turned_back", "given"])
        #expect(layers.map(\.axis) == [[-1], [1, 3], [], [-1]])
        #expect(layers.map(\.invert) == [false, false, true, false])
        #expect(layers.map { $0.moments?.shape } == [nil, nil, [], [5]])
        #expect(layers[2].moments?.mean == [0.25])
        #expect(layers[3].moments?.variance == [0.5, 1, 1.5, 2, 2.5])
        let statistics = model.weights.filter { $0.name.hasPrefix("by_") }
        #expect(statistics.map(\.shape) == [[3], [3], [], [4, 4], [4, 4], []])
        #expect(statistics.map(\.name).prefix(3) == ["by_channel/mean", "by_channel/variance", "by_channel/count"])
        #expect(!statistics[0].values.contains(0) && !statistics[1].values.contains(1))
        // Statistics have no place in the optimizer's state.
        let trained = model.store.slots.parameters(of: "velocity")
        #expect(trained == model.parameters.indices.filter { !model.store.entries[$0].name.hasPrefix("by_") })
    }

    @Test func `written as Keras writes it, the count as an integer`() throws {
        let scratch = try Scratch()
        let path = scratch.path("saved.keras")
        try Model.load(Fixtures.path(Self.fixture)).save(path)
        let (ours, theirs) = (try weights(path), try weights(Fixtures.path(Self.fixture)))
        #expect(ours == theirs)
        #expect(ours.contains { $0.hasPrefix("/layers/normalization/vars/2 int32") })
        let (saved, original) = (try configuration(path), try configuration(Fixtures.path(Self.fixture)))
        #expect(saved.count == original.count)
        for (found, expected) in zip(saved, original) {
            for key in ["name", "axis", "invert", "mean", "variance"] {
                #expect(found["config"]![key] == expected["config"]![key])
            }
        }
    }

    @Test(arguments: [
        ("axis", "[0]", "batch"), ("axis", "[4]", "axis 4"), ("axis", "\"last\"", "whole number"),
        ("axis", "[1, 1]", "twice"), ("mean", "0.5", "variance null"), ("mean", "\"half\"", "number"),
        ("invert", "\"yes\"", "true or false"),
    ])
    func `settings that do not fit are named`(_ key: String, _ value: String, _ fragment: String) throws {
        var variant = try ModelVariant(Self.fixture)
        try variant.setLayer(1, key, json(value))
        expectInvalid(variant, "by_channel", fragment)
    }

    @Test(arguments: [
        ("[[0.5, 0.5], [0.5]]", "[[0.5, 0.5], [0.5]]", "array of numbers"), ("[0.5, 0.5]", "[0.5, 0.5]", "(2,)"),
        ("[0.5, 0.5]", "[0.5]", "one shape"), ("[[0.5], [0.5]]", "[[0.5], [0.5]]", "axes"),
        ("[]", "[]", "array of numbers"),
    ])
    func `given statistics of a wrong shape`(_ mean: String, _ variance: String, _ fragment: String) throws {
        var variant = try ModelVariant(Self.fixture)
        try variant.setLayer(7, "mean", json(mean))
        try variant.setLayer(7, "variance", json(variance))
        expectInvalid(variant, "given", fragment)
    }

    @Test func `a count that is no integer is damage`() throws {
        var variant = try ModelVariant("models/uncompiled.keras")
        try variant.set(["config", "layers", 1, "class_name"], "Normalization")
        try variant.set(["config", "layers", 1, "config"], ["name": "n", "axis": [-1]])
        try variant.replaceWeights { writer in
            for number in 0..<2 {
                try writer.writeFloats("layers/normalization/vars/\(number)", shape: [6], det([6], 1, 1))
            }
            try writer.writeFloats("layers/normalization/vars/2", shape: [], [0.5])
        }
        expectInvalid(variant, "layers/normalization/vars/2", "n/count", "int32")
    }

    @Test func `every form survives saving and loading`() throws {
        let scratch = try Scratch()
        let given = Normalization.Moments(mean: [0.5, -1, 2], variance: [0.25, 1, 4], shape: [3, 1])
        let model = try Sequential(input: [3, 5, 2], name: "forms", seed: 4) {
            Normalization()
            Normalization(axis: nil, invert: true)
            Normalization(axis: [1, 2], moments: given)
            Normalization(axis: [-1, 1], moments: .init(mean: [3], variance: [2]), invert: true)
            Normalization(axis: 2, moments: .init(mean: [3], variance: [2], shape: [1]))
            Flatten()
            Dense(2)
        }
        for index in model.parameters.indices where !model.parameters[index].isTrainable {
            let specification = model.parameters[index].specification
            if specification.name == "count" { continue }
            model.setWeights(det(specification.shape, Double(index), 0.4).map { $0 + 0.5 }, at: index)
        }
        try model.save(scratch.path("forms.keras"))
        let loaded = try Model.load(scratch.path("forms.keras"))
        try expectSame(loaded, model)
        let pairs = zip(loaded.layers, model.layers).compactMap { pair in
            (pair.0 as? Normalization).flatMap { found in (pair.1 as? Normalization).map { (found, $0) } }
        }
        #expect(pairs.count == 5)
        for (found, expected) in pairs {
            #expect(found.axis == expected.axis && found.invert == expected.invert && found.moments == expected.moments)
        }
    }

    // MARK: Helpers

    private func json(_ text: String) throws -> Any {
        try JSONSerialization.jsonObject(with: Data(text.utf8), options: .fragmentsAllowed)
    }

    /// Path, type and shape of everything in the weights file.
    private func weights(_ path: String) throws -> [String] {
        try Scratch().weights(of: path).datasets().map { "\($0.name) \($0.type) \($0.shape)" }.sorted()
    }

    /// The configurations of the layers.
    private func configuration(_ path: String) throws -> [JSONValue] {
        let root = try JSONValue(parsing: try #require(try ZipArchive.read("config.json", from: path)))
        return try #require(root["config"]?["layers"]?.arrayValue)
    }

    private func expectInvalid(
        _ variant: ModelVariant, _ fragments: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let error = #expect(throws: KerasFileError.self, sourceLocation: sourceLocation) { try variant.load() }
        guard let error else { return }
        #expect(error.kind == .invalid, sourceLocation: sourceLocation)
        for fragment in fragments {
            #expect(error.reason.contains(fragment), "\(error.reason)", sourceLocation: sourceLocation)
        }
    }
}
