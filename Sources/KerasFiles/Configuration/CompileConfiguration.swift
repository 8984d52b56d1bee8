import JSONText
import NeuralNetwork

/// `compile_config`: optimizer, loss and metrics, as Keras writes them.
enum CompileConfiguration {
    /// - Parameter outputNames: of the model, which losses and metrics may be given by.
    static func decode(_ config: JSONValue, outputNames: [String]) throws(ConfigurationError) -> Compilation {
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
        return Compilation(optimizer: try optimizer(config["optimizer"] ?? .null), outputs: outputs)
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

    private static func optimizer(_ value: JSONValue) throws(ConfigurationError) -> any Optimizer {
        if let name = value.stringValue {
            guard let optimizer = namedOptimizer(name) else {
                throw ConfigurationError("optimizer \"\(name)\" is not supported; supported are adam and sgd")
            }
            return optimizer
        }
        let kind = value["class_name"]?.stringValue ?? value.text()
        let settings = LayerConfiguration(
            kind: kind, path: "compile_config/optimizer", config: value["config"] ?? .null)
        func refused(_ key: String) throws(ConfigurationError) {
            guard let setting = settings.config[key], !setting.isNull, setting != .bool(false) else { return }
            throw ConfigurationError("optimizer \(kind): \(key) is \(setting.text()), which is not supported")
        }
        for key in [
            "weight_decay", "clipnorm", "global_clipnorm", "clipvalue", "use_ema", "loss_scale_factor",
            "gradient_accumulation_steps", "amsgrad",
        ] {
            try refused(key)
        }
        guard settings.config["learning_rate"]?.doubleValue != nil else {
            throw ConfigurationError(
                "optimizer \(kind): learning_rate is \(settings.config["learning_rate"]?.text() ?? "absent"), which is not "
                    + "supported; expected a number")
        }
        let rate = Float(try settings.number("learning_rate"))
        switch kind {
        case SGD.kind:
            let momentum = try settings.number("momentum", default: 0)
            guard (0...1).contains(momentum) else {
                throw ConfigurationError("optimizer SGD: momentum is \(momentum), expected 0 to 1")
            }
            return SGD(
                learningRate: rate, momentum: Float(momentum),
                nesterov: try settings.bool("nesterov", default: false))
        case Adam.kind:
            return Adam(
                learningRate: rate, beta1: Float(try settings.number("beta_1", default: 0.9)),
                beta2: Float(try settings.number("beta_2", default: 0.999)),
                epsilon: Float(try settings.number("epsilon", default: 1e-7)))
        default:
            throw ConfigurationError("optimizer \(kind) is not supported; supported are Adam and SGD")
        }
    }

    static func encode(_ compilation: Compilation) -> JSONValue {
        let outputs = compilation.outputs
        func values(_ value: (OutputCompilation) -> JSONValue) -> JSONValue {
            outputs.count == 1 ? value(outputs[0]) : .array(outputs.map(value))
        }
        func lists(_ metrics: (OutputCompilation) -> [any Metric]) -> JSONValue {
            guard outputs.contains(where: { !metrics($0).isEmpty }) else { return .null }
            return values { .array(metrics($0).compactMap(MetricConfiguration.encode)) }
        }
        let areWeighted = outputs.contains { $0.lossWeight != 1 }
        return .object([
            "optimizer": encode(compilation.optimizer),
            "loss": values { $0.loss.flatMap(LossConfiguration.encode) ?? .null },
            "loss_weights": areWeighted ? .array(outputs.map { .shortest($0.lossWeight) }) : .null,
            "metrics": lists(\.metrics), "weighted_metrics": lists(\.weightedMetrics),
            "run_eagerly": .bool(false), "steps_per_execution": .integer(1), "jit_compile": .bool(true),
        ])
    }

    private static func encode(_ optimizer: any Optimizer) -> JSONValue {
        var config: [JSONValue.Member] = [
            .init(key: "name", value: .string(snakeCase(type(of: optimizer).kind))),
            .init(key: "learning_rate", value: .float(optimizer.learningRate)),
            .init(key: "weight_decay", value: .null), .init(key: "clipnorm", value: .null),
            .init(key: "global_clipnorm", value: .null), .init(key: "clipvalue", value: .null),
            .init(key: "use_ema", value: .bool(false)), .init(key: "ema_momentum", value: .number(0.99)),
            .init(key: "ema_overwrite_frequency", value: .null), .init(key: "loss_scale_factor", value: .null),
            .init(key: "gradient_accumulation_steps", value: .null),
        ]
        switch optimizer {
        case let sgd as SGD:
            config += [
                .init(key: "momentum", value: .shortest(sgd.momentum)),
                .init(key: "nesterov", value: .bool(sgd.nesterov)),
            ]
        case let adam as Adam:
            config += [
                .init(key: "beta_1", value: .shortest(adam.beta1)), .init(key: "beta_2", value: .shortest(adam.beta2)),
                .init(key: "epsilon", value: .shortest(adam.epsilon)), .init(key: "amsgrad", value: .bool(false)),
            ]
        default: preconditionFailure("\(type(of: optimizer).kind): has no configuration")
        }
        return .object([
            "module": .string("keras.optimizers"), "class_name": .string(type(of: optimizer).kind),
            "config": .object(config), "registered_name": .null,
        ])
    }
}

extension JSONValue {
    /// The number that a user wrote as a float literal: 0.9, not 0.8999999761581421.
    static func shortest(_ value: Float) -> JSONValue { .number(Double(value.description) ?? Double(value)) }
}
