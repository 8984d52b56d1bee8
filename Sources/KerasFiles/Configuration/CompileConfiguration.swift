import JSONText
import Memory
import NeuralNetwork

/// `compile_config`: optimizer, loss and metrics, as Keras writes them.
enum CompileConfiguration {
    /// - Parameter outputNames: of the model, which losses and metrics may be given by.
    static func decode(_ value: JSONValue, outputNames: [String]) throws(ConfigurationError) -> Compilation {
        let config = Settings(value)
        let losses = try perOutput(config["loss"] ?? .null, outputNames, "loss", isShared: true)
        let weights = try perOutput(config["loss_weights"] ?? .null, outputNames, "loss_weights", isShared: false)
        let metrics = try lists(config["metrics"] ?? .null, outputNames, "metrics")
        let weighted = try lists(config["weighted_metrics"] ?? .null, outputNames, "weighted_metrics")
        var outputs: [OutputCompilation] = []
        for index in outputNames.indices {
            var output = OutputCompilation()
            if !losses[index].isNull { output.loss = try LossConfiguration.decode(losses[index]) }
            if !weights[index].isNull {
                guard let weight = weights[index].doubleValue else {
                    throw ConfigurationError(
                        "compile_config: loss_weights has \(weights[index].text()), expected a number")
                }
                output.lossWeight = Float(weight)
            }
            output.metrics = try decode(metrics[index])
            output.weightedMetrics = try decode(weighted[index])
            outputs.append(output)
        }
        let optimizer = try OptimizerConfiguration.decode(config["optimizer"] ?? .null)
        // How steps are compiled and grouped changes nothing in them; there is no float16 whose loss would be scaled.
        config.ignore("run_eagerly", "steps_per_execution", "jit_compile", "auto_scale_loss")
        if let unknown = config.unknown {
            throw ConfigurationError("compile_config: \(Settings.refusal(of: unknown))")
        }
        return Compilation(optimizer: optimizer, outputs: outputs)
    }

    private static func decode(_ metrics: [JSONValue]) throws(ConfigurationError) -> [any Metric] {
        try metrics.map { value throws(ConfigurationError) in try MetricConfiguration.decode(value) }
    }

    /// One value for each output, from a value of all (`isShared`) or of the only one, a list, or an object by names.
    private static func perOutput(
        _ value: JSONValue, _ names: [String], _ key: String, isShared: Bool
    ) throws(ConfigurationError) -> [JSONValue] {
        if value.isNull { return names.map { _ in .null } }
        if let list = value.arrayValue {
            guard list.count == names.count else {
                throw ConfigurationError(
                    "compile_config: \(key) has \(list.count) values, the model has \(names.count) outputs")
            }
            return list
        }
        if case .object(let members) = value, value["class_name"] == nil {
            if let unknown = members.first(where: { !names.contains($0.key) }) {
                throw ConfigurationError(
                    "compile_config: \(key) names \"\(unknown.key)\", the outputs are \(names.joined(separator: ", "))")
            }
            return names.map { value[$0] ?? .null }
        }
        guard isShared || names.count == 1 else {
            throw ConfigurationError("compile_config: \(key) is one value, the model has \(names.count) outputs")
        }
        return names.map { _ in value }
    }

    /// A list of values for each output.
    private static func lists(
        _ value: JSONValue, _ names: [String], _ key: String
    ) throws(ConfigurationError) -> [[JSONValue]] {
        // The metrics of the only output, as a list or as a list in a list.
        if names.count == 1, let list = value.arrayValue {
            return [list.count == 1 ? list[0].arrayValue ?? list : list]
        }
        return try perOutput(value, names, key, isShared: true).map { $0.isNull ? [] : $0.arrayValue ?? [$0] }
    }

    /// - Parameters:
    ///   - iteration: updates made.
    ///   - predictions: the shapes of one sample's predictions, of each output.
    static func encode(_ compilation: Compilation, iteration: Int, predictions: [Shape]) -> JSONValue {
        let outputs = compilation.outputs
        func values(_ value: (OutputCompilation) -> JSONValue) -> JSONValue {
            outputs.count == 1 ? value(outputs[0]) : .array(outputs.map(value))
        }
        func lists(_ metrics: (OutputCompilation) -> [any Metric]) -> JSONValue {
            guard outputs.contains(where: { !metrics($0).isEmpty }) else { return .null }
            let encoded = zip(outputs, predictions).map { output, prediction in
                JSONValue.array(
                    metrics(output).compactMap { MetricConfiguration.encode($0, of: output, prediction: prediction) })
            }
            return encoded.count == 1 ? encoded[0] : .array(encoded)
        }
        let areWeighted = outputs.contains { $0.lossWeight != 1 }
        return .object([
            "optimizer": OptimizerConfiguration.encode(compilation.optimizer, iteration: iteration),
            "loss": values { $0.loss.flatMap(LossConfiguration.encode) ?? .null },
            "loss_weights": areWeighted ? .array(outputs.map { .shortest($0.lossWeight) }) : .null,
            "metrics": lists(\.metrics), "weighted_metrics": lists(\.weightedMetrics),
            "run_eagerly": .bool(false), "steps_per_execution": .integer(1), "jit_compile": .bool(true),
        ])
    }
}

extension JSONValue {
    /// The number that a user wrote as a float literal: 0.9, not 0.8999999761581421.
    static func shortest(_ value: Float) -> JSONValue { .number(Double(value.description) ?? Double(value)) }
}
