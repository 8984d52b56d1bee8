import Foundation
import JSONText
import KerasFiles
import NeuralNetwork
import Testing

/// Settings that a newer Keras may write: what they turn on would be ignored, and is refused by name.
@Suite struct UnknownSettingTests {
    /// A file, and the path of an object's settings in its configuration.
    struct Place: Sendable, CustomTestStringConvertible {
        let file: String
        let path: [any Sendable]
        /// What the error names beside the setting.
        let owner: String
        var testDescription: String { "\(file) \(path)" }

        init(_ file: String, _ path: [any Sendable], _ owner: String) {
            (self.file, self.path, self.owner) = (file, path, owner)
        }

        /// Loads the file with a setting more.
        func load(_ value: Any?, _ key: String = "novelty") throws -> Model {
            var variant = try ModelVariant(file)
            try variant.set(path + [key], value)
            return try variant.load()
        }
    }

    static let layers = [
        Place("digits-mlp.keras", ["config"], "digits_mlp"),
        Place("digits-convnet.keras", ["config"], "digits_convnet"),
        Place("digits-mlp.keras", ["config", "layers", 0, "config"], "InputLayer"),
        Place("digits-mlp.keras", ["config", "layers", 3, "config"], "digits_mlp/dense"),
        Place("digits-convnet.keras", ["config", "layers", 3, "config"], "digits_convnet/conv2d"),
        Place("models/normalization.keras", ["config", "layers", 1, "config"], "Normalization"),
    ]

    static let compiled = [
        Place("digits-mlp.keras", ["compile_config"], "compile_config"),
        Place("digits-mlp.keras", ["compile_config", "optimizer", "config"], "optimizer Adam"),
        Place("models/sgd-mse.keras", ["compile_config", "optimizer", "config"], "optimizer SGD"),
        Place("models/logits-loss.keras", ["compile_config", "loss", "config"], "loss SparseCategoricalCrossentropy"),
    ]

    @Test(arguments: layers, [1, 0.5, "on", true, [3]] as [any Sendable])
    func `an unknown setting of a layer is refused by name`(_ place: Place, _ value: any Sendable) throws {
        let error = #expect(throws: KerasFileError.self) { try place.load(value) }
        let reason = try #require(error).reason
        #expect(reason.contains("novelty is ") && reason.contains(place.owner), "\(reason)")
    }

    @Test(arguments: layers + compiled) func `an unknown setting that turns nothing on does not matter`(
        _ place: Place
    ) throws {
        for value in [nil, false] as [Any?] {
            let model = try place.load(value)
            #expect(model.compilationProblem == nil)
        }
    }

    @Test(arguments: compiled) func `an unknown setting of a compilation is its problem`(_ place: Place) throws {
        let model = try place.load(2)
        let problem = try #require(model.compilationProblem)
        #expect(model.compilation == nil)
        #expect(problem.contains("novelty is 2") && problem.contains(place.owner), "\(problem)")
    }

    @Test func `unknown settings of regularizers, constraints and schedules are refused by name`() throws {
        for (key, kind) in [("kernel_regularizer", "L2"), ("bias_constraint", "MaxNorm")] {
            var variant = try ModelVariant("digits-mlp.keras")
            try variant.setLayer(3, key, ["class_name": kind, "config": ["novelty": 3]])
            let error = #expect(throws: KerasFileError.self) { try variant.load() }
            let reason = try #require(error).reason
            #expect(reason.contains("novelty is 3") && reason.contains("\(key) \(kind)"), "\(reason)")
        }
        var variant = try ModelVariant("models/sgd-mse.keras")
        let decay: [String: Any] = ["initial_learning_rate": 0.1, "decay_steps": 5, "decay_rate": 0.5, "novelty": "x"]
        try variant.set(
            ["compile_config", "optimizer", "config", "learning_rate"],
            ["class_name": "ExponentialDecay", "config": decay])
        let problem = try #require(try variant.load().compilationProblem)
        #expect(problem.contains("schedule ExponentialDecay: novelty is \"x\""), "\(problem)")
    }

    @Test(arguments: ["sparse", "ragged", "optional"])
    func `an input that is no dense array of every row is refused`(_ key: String) throws {
        let place = Place("digits-mlp.keras", ["config", "layers", 0, "config"], "InputLayer")
        let error = #expect(throws: KerasFileError.self) { try place.load(true, key) }
        #expect(try #require(error).reason.contains("\(key) is true"))
        _ = try place.load(false, key)
    }
}
