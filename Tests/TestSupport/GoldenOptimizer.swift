import Foundation
import JSONText
import KerasFiles
import Memory
import NeuralNetwork

/// The optimizer of a case of reference values: `class_name` and `config` as Keras writes them.
package func goldenOptimizer(_ golden: JSONValue) throws -> any Optimizer { try OptimizerConfiguration.decode(golden) }

/// Reference values of optimizers: `fixtures/goldens/optimizers.zip`.
package struct OptimizerGoldens: Sendable {
    package let cases: [JSONValue.Member]
    /// The updates at which schedules are tabulated.
    package let steps: [Int]

    package init() {
        do {
            let text = try ZipArchive.read("optimizers.json", from: Fixtures.path("goldens/optimizers.zip"))!
            let root = try JSONValue(parsing: text)
            cases = root["cases"]!.members!
            steps = root["steps"]!.arrayValue!.map { $0.integerValue! }
        } catch {
            fatalError("fixtures/goldens/optimizers.zip: \(error)")
        }
    }

    /// A case by its name.
    package func golden(_ name: String) -> JSONValue { cases.first { $0.key == name }!.value }

    /// The model whose variables the updates change, each at its beginning, compiled with an optimizer.
    package func model(_ optimizer: any Optimizer) throws -> Model {
        let inputs = [Input(3), Input(4, 3), Input(2, type: .int32)]
        let outputs = [
            try Dense(2, useBias: false, name: "tall")(try Dense(7, name: "wide")(inputs[0])),
            try Conv1D(2, kernelSize: [2], useBias: false, name: "convolution")(inputs[1]),
            try Embedding(5, 3, name: "embedding")(inputs[2]),
        ]
        let model = try Model(inputs: inputs, outputs: outputs)
        for (index, parameter) in model.parameters.enumerated() {
            model.setWeights(det(parameter.specification.shape, 0.2 * Double(index + 1), 0.5), at: index)
        }
        try model.compile(optimizer: optimizer, loss: .meanSquaredError)
        return model
    }

    /// The gradients of an update, written where a step leaves them.
    package func setGradients(_ golden: JSONValue, _ update: Int, of model: Model) throws {
        _ = model.store.gradients
        for (index, parameter) in model.parameters.enumerated() {
            var values = det(parameter.specification.shape, Double(update) + 1.3 * Double(index), 0.8)
            if index == 0, golden["infinite"]!.floats.contains(Float(update)) { values[0] = .infinity }
            try model.store.write(values, to: index, in: .gradients)
        }
    }
}
