import DataSource
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import Training

extension ModelGoldens {
    /// What differs from Keras in eight steps of training with the file's own compile configuration: losses, and the
    /// weights after the last step. Empty when nothing does.
    ///
    /// - Parameters:
    ///   - noisy: weights whose gradients are rounding errors: they are compared with the length of eight steps.
    ///   - microBatch: computes batches in parts of so many rows, with the statistics of the whole.
    package func trainingDifferences(
        in name: String, noisy: Set<String> = [], microBatch: Int? = nil
    ) throws -> [String] {
        let golden = try JSONValue(parsing: try ZipArchive.read("\(name).json", from: archive)!)
        let model = try load(name)
        guard model.compilation != nil else { return [model.compilationProblem ?? "has no compile configuration"] }
        return try trainingDifferences(
            of: model, golden["training"]!, golden["tolerance"]?.doubleValue, noisy, microBatch)
    }

    private func trainingDifferences(
        of model: Model, _ training: JSONValue, _ tolerance: Double?, _ noisy: Set<String>, _ microBatch: Int?
    ) throws -> [String] {
        var result: [String] = []
        // Steps amplify rounding: eight of them are compared less closely than one.
        let limit = tolerance ?? 1e-4
        let (batches, losses) = (training["batches"]!.arrayValue!, training["losses"]!.floats)
        guard batches.count == losses.count, !losses.isEmpty else {
            return ["\(batches.count) batches, \(losses.count) losses"]
        }
        for (step, pair) in zip(batches, losses).enumerated() {
            let logs = try model.trainOnBatch(
                batch(pair.0, for: model), microBatch: microBatch, batchNormalizationStatistics: .wholeBatch)
            let difference = abs(logs.loss - Double(pair.1)) / (1 + abs(Double(pair.1)))
            if !(difference < limit) { result.append("loss of step \(step) is \(logs.loss), not \(pair.1)") }
        }
        // Keras's own backends differ by 0.3 in some weights after eight steps in bfloat16.
        let weightLimit = Float(tolerance == nil ? limit * 10 : limit * 20)
        let weights = model.weights
        let expected = training["weights_after"]!.arrayValue!
        guard weights.count == expected.count else {
            return result + ["\(weights.count) weights, expected \(expected.count)"]
        }
        for (found, item) in zip(weights, expected) {
            let difference = distance(found.values, item["values"]!.floats)
            if !(difference < (noisy.contains(found.name) ? 0.1 : weightLimit)) {
                result.append("\(found.name) differs by \(difference) after the steps")
            }
        }
        return result
    }

    /// The model of a case after its eight steps of training, with its losses.
    package func trained(_ name: String, recomputing: Bool) throws -> (model: Model, losses: [Double]) {
        let golden = try JSONValue(parsing: try ZipArchive.read("\(name).json", from: archive)!)
        let model = try load(name)
        model.recomputesActivations = recomputing
        let losses = try golden["training"]!["batches"]!.arrayValue!.map {
            try model.trainOnBatch(batch($0, for: model)).loss
        }
        return (model, losses)
    }

    /// The first batch of a case's steps of training.
    package func trainingBatch(_ name: String, for model: Model) throws -> Batch {
        let golden = try JSONValue(parsing: try ZipArchive.read("\(name).json", from: archive)!)
        return try batch(golden["training"]!["batches"]!.arrayValue![0], for: model)
    }

    private func batch(_ golden: JSONValue, for model: Model) throws -> Batch {
        func columns(_ key: String) -> [ArrayColumn] {
            golden[key]!.arrayValue!.enumerated().map { index, item in
                let shape = item["shape"]!.shape.withoutFirst
                let values = item["values"]!.floats
                return item["dtype"]!.stringValue!.hasPrefix("int")
                    ? ArrayColumn("\(key)\(index)", values.map { Int32($0) }, rowShape: shape)
                    : ArrayColumn("\(key)\(index)", values, rowShape: shape)
            }
        }
        return try Batch(inputs: columns("x"), targets: columns("y"), inputTypes: model.inputs.map(\.type))
    }
}
