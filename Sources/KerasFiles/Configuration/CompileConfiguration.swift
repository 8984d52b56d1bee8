import JSONText
import NeuralNetwork

/// `compile_config`: optimizer, loss and metrics, as Keras writes them.
enum CompileConfiguration {
    static func decode(_ config: JSONValue) throws(ConfigurationError) -> Compilation {
        if let weights = config["loss_weights"], !weights.isNull {
            throw ConfigurationError("compile_config: loss_weights is \(weights.text()), which is not supported")
        }
        if let metrics = config["weighted_metrics"], !metrics.isNull, metrics != .array([]) {
            throw ConfigurationError("compile_config: weighted_metrics is \(metrics.text()), which is not supported")
        }
        return Compilation(
            optimizer: try OptimizerConfiguration.decode(config["optimizer"] ?? .null),
            loss: try loss(config["loss"] ?? .null),
            metrics: try metrics(config["metrics"] ?? .null))
    }

    private static func loss(_ value: JSONValue) throws(ConfigurationError) -> any Loss {
        if let name = value.stringValue {
            guard let loss = namedLoss(name) else {
                throw ConfigurationError("loss \"\(name)\" is not supported; supported are \(lossNames)")
            }
            return loss
        }
        let kind = value["class_name"]?.stringValue ?? value.text()
        let settings = LayerConfiguration(kind: kind, path: "compile_config/loss", config: value["config"] ?? .null)
        try settings.require("reduction", .string("sum_over_batch_size"))
        try settings.requireAbsent("ignore_class")
        try settings.require("label_smoothing", .number(0))
        try settings.require("axis", .integer(-1))
        let fromLogits = try settings.bool("from_logits", default: false)
        switch kind {
        case "SparseCategoricalCrossentropy": return SparseCategoricalCrossentropy(fromLogits: fromLogits)
        case "CategoricalCrossentropy": return CategoricalCrossentropy(fromLogits: fromLogits)
        case "MeanSquaredError": return MeanSquaredError()
        case "function":
            // A function such as keras.losses.mean_squared_error, by its name.
            guard let name = value["config"]?.stringValue, let loss = namedLoss(name) else { fallthrough }
            return loss
        default: throw ConfigurationError("loss \(kind) is not supported; supported are \(lossNames)")
        }
    }

    private static func metrics(_ value: JSONValue) throws(ConfigurationError) -> [Metric] {
        var list = value.isNull ? [] : value.arrayValue ?? [value]
        // One output: Keras writes its metrics as a list in the list.
        if list.count == 1, let inner = list[0].arrayValue { list = inner }
        var result: [Metric] = []
        for item in list {
            let kind = item["class_name"]?.stringValue
            let name = item.stringValue ?? kind.map(snakeCase) ?? item.text()
            guard let metric = Metric(kerasName: name) else {
                throw ConfigurationError(
                    "metric \"\(name)\" is not supported; supported are \(Metric.allCases.map(\.rawValue).joined(separator: ", "))"
                )
            }
            if let kind, metric == .binaryAccuracy {
                let settings = LayerConfiguration(
                    kind: kind, path: "compile_config/metrics", config: item["config"] ?? .null)
                try settings.require("threshold", .number(0.5))
            }
            result.append(metric)
        }
        return result
    }

    private static let lossNames = "sparse_categorical_crossentropy, categorical_crossentropy, mse"

    /// - Parameter iteration: updates made.
    static func encode(_ compilation: Compilation, iteration: Int) -> JSONValue {
        .object([
            "optimizer": OptimizerConfiguration.encode(compilation.optimizer, iteration: iteration),
            "loss": encode(compilation.loss), "loss_weights": .null,
            "metrics": compilation.metrics.isEmpty
                ? .null : .array(compilation.metrics.map { .string($0.rawValue) }),
            "weighted_metrics": .null, "run_eagerly": .bool(false), "steps_per_execution": .integer(1),
            "jit_compile": .bool(true),
        ])
    }

    private static func encode(_ loss: any Loss) -> JSONValue {
        let fromLogits =
            switch loss {
            case let loss as SparseCategoricalCrossentropy: loss.fromLogits
            case let loss as CategoricalCrossentropy: loss.fromLogits
            default: false
            }
        guard fromLogits else { return .string(loss.name) }
        let kind = loss is SparseCategoricalCrossentropy ? "SparseCategoricalCrossentropy" : "CategoricalCrossentropy"
        return .object([
            "module": .string("keras.losses"), "class_name": .string(kind),
            "config": .object([
                "name": .string(loss.name), "reduction": .string("sum_over_batch_size"), "from_logits": .bool(true),
            ]),
            "registered_name": .null,
        ])
    }
}

extension JSONValue {
    /// The number that a user wrote as a float literal: 0.9, not 0.8999999761581421.
    static func shortest(_ value: Float) -> JSONValue { .number(Double(value.description) ?? Double(value)) }
}
