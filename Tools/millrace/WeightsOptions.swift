import ArgumentParser
import KerasFiles
import NeuralNetwork

/// Weights that a model begins with, in place of those of its own file.
struct WeightsOptions: ParsableArguments {
    @Option(
        name: .long,
        help: ArgumentHelp(
            "Weights in place of the model's own: .weights.h5, .safetensors or .keras; all of them must fit.",
            valueName: "file"))
    var weights: String?

    @Option(
        name: .long,
        help: "What layers compute in, in place of the model's own policies: float32 or bfloat16. Weights stay float32."
    )
    var precision: Precision?

    enum Precision: String, ExpressibleByArgument, CaseIterable {
        case float32, bfloat16

        var policy: DTypePolicy { self == .float32 ? .float32 : .mixedBFloat16 }
    }

    /// The model of a file, with these weights.
    ///
    /// - Parameter seed: of the weights of a model that has none.
    func model(_ path: String, seed: UInt64 = 0) throws -> Model {
        let model = try Model.load(path, weights: weights, seed: seed)
        if let precision { model.setPolicy(precision.policy) }
        return model
    }
}

/// The file that a trained model is written to.
enum ModelOutput {
    static let endings = ([".keras"] + WeightsFormat.allCases.map { $0.rawValue }).joined(separator: ", ")

    static func hasKnownName(_ path: String) -> Bool { path.hasSuffix(".keras") || WeightsFormat(path: path) != nil }

    /// Writes the whole model, or its weights alone where the name says so.
    static func write(_ model: Model, _ path: String) throws {
        if path.hasSuffix(".keras") { try model.save(path) } else { try model.saveWeights(to: path) }
    }
}
