import JSONText
import NeuralNetwork

/// An optimizer of Keras: how its own settings are written, beside the common ones.
protocol OptimizerCoding: Optimizer {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError)

    /// The settings behind the common ones, in Keras's order.
    var settings: [JSONValue.Member] { get }
}

/// Optimizers of `compile_config`.
package enum OptimizerConfiguration {
    private static let kinds: [any OptimizerCoding.Type] = [
        Adadelta.self, Adafactor.self, Adagrad.self, Adam.self, AdamW.self, Adamax.self, Ftrl.self, Lamb.self,
        Lion.self,
        Muon.self, Nadam.self, RMSprop.self, SGD.self, ScheduleFreeAdamW.self,
    ]

    private static var supported: String {
        (kinds.map { $0.kind } + [LossScaleOptimizer.kind, MultiOptimizer.kind]).sorted().joined(separator: ", ")
    }

    /// Whether Keras has a configuration for it.
    static func isKnown(_ optimizer: any Optimizer) -> Bool {
        switch optimizer {
        case let scaled as LossScaleOptimizer: isKnown(scaled.inner)
        case let multiple as MultiOptimizer: multiple.parts.allSatisfy(isKnown)
        default: optimizer is any OptimizerCoding
        }
    }

    // MARK: Reading

    /// The optimizer of an object as Keras writes it, or of a name.
    package static func decode(_ value: JSONValue) throws(ConfigurationError) -> any Optimizer {
        if let name = value.stringValue {
            guard let optimizer = namedOptimizer(name) else {
                throw ConfigurationError("optimizer \"\(name)\" is not supported; supported are \(supported)")
            }
            return optimizer
        }
        let settings = try ObjectSettings("optimizer", value)
        let optimizer: any Optimizer
        switch settings.kind {
        case LossScaleOptimizer.kind:
            optimizer = LossScaleOptimizer(
                try decode(try settings.object("inner_optimizer")),
                initialScale: try settings.float("initial_scale", default: 32768),
                dynamicGrowthSteps: try settings.integer("dynamic_growth_steps", default: 2000),
                name: try settings.text("name"))
        case MultiOptimizer.kind: optimizer = try multiple(settings)
        default:
            // Keras does not mind the case of its own names.
            guard let kind = kinds.first(where: { $0.kind.lowercased() == settings.kind.lowercased() }) else {
                throw ConfigurationError("optimizer \(settings.kind) is not supported; supported are \(supported)")
            }
            let schedule: any LearningRateSchedule
            if let rate = settings.config["learning_rate"] {
                schedule = try ScheduleCoding.decode(rate, of: settings.kind)
            } else {
                schedule = namedOptimizer(kind.kind)!.schedule
            }
            optimizer = try kind.init(settings, schedule: schedule, options: try options(settings))
        }
        // How the update is compiled changes nothing in it.
        settings.config.ignore("jit_compile")
        try settings.refuseUnknown()
        if let problem = optimizer.problem { throw ConfigurationError("optimizer \(problem)") }
        return optimizer
    }

    private static func multiple(_ settings: ObjectSettings) throws(ConfigurationError) -> MultiOptimizer {
        let map = try ObjectSettings("optimizer map", try settings.object("optimizer_map"))
        guard map.kind == "OptimizerMap" else {
            throw settings.error("its choice is a \(map.kind), which is not supported; expected an OptimizerMap")
        }
        var optimizers: [(key: String, optimizer: any Optimizer)] = []
        for member in map.config["optimizer_map"]?.members ?? [] {
            optimizers.append((member.key, try decode(member.value)))
        }
        let fallback = try decode(try map.object("default_optimizer"))
        try map.refuseUnknown()
        return MultiOptimizer(
            fallback, optimizers,
            options: OptimizerOptions(
                name: try settings.text("name"), lossScaleFactor: try settings.optionalFloat("loss_scale_factor")))
    }

    private static func options(_ settings: ObjectSettings) throws(ConfigurationError) -> OptimizerOptions {
        var options = OptimizerOptions()
        options.name = try settings.text("name")
        options.weightDecay = try settings.optionalFloat("weight_decay")
        let bounds: [(String, (Float) -> OptimizerOptions.Clipping)] = [
            ("clipnorm", { .norm($0) }), ("global_clipnorm", { .globalNorm($0) }), ("clipvalue", { .value($0) }),
        ]
        for (key, make) in bounds {
            guard let bound = try settings.optionalFloat(key) else { continue }
            guard options.clipping == nil else {
                throw settings.error(
                    "\(key) is \(bound) beside another clipping, expected one of clipnorm, "
                        + "global_clipnorm and clipvalue at most")
            }
            options.clipping = make(bound)
        }
        settings.config.ignore("ema_momentum", "ema_overwrite_frequency")
        if try settings.bool("use_ema", default: false) {
            options.movingAverage = OptimizerOptions.MovingAverage(
                momentum: try settings.float("ema_momentum", default: 0.99),
                overwriteFrequency: try settings.optionalInteger("ema_overwrite_frequency"))
        }
        options.lossScaleFactor = try settings.optionalFloat("loss_scale_factor")
        // Keras takes 0 for none.
        options.accumulationSteps = try settings.optionalInteger("gradient_accumulation_steps").flatMap {
            $0 == 0 ? nil : $0
        }
        return options
    }

    // MARK: Writing

    /// An optimizer as Keras writes it.
    ///
    /// - Parameter iteration: updates made: a schedule that Keras does not have is written as the number it has come to.
    static func encode(_ optimizer: any Optimizer, iteration: Int) -> JSONValue {
        let kind = type(of: optimizer).kind
        let name = JSONValue.Member(key: "name", value: .string(optimizer.kerasName))
        switch optimizer {
        case let scaled as LossScaleOptimizer:
            return .kerasObject(
                "keras.optimizers", kind,
                [
                    name, .init(key: "inner_optimizer", value: encode(scaled.inner, iteration: iteration)),
                    .init(key: "initial_scale", value: .shortest(scaled.initialScale)),
                    .init(key: "dynamic_growth_steps", value: .integer(scaled.dynamicGrowthSteps)),
                ])
        case let multiple as MultiOptimizer:
            let map = multiple.keys.map {
                JSONValue.Member(key: $0.key, value: encode(multiple.parts[$0.part], iteration: iteration))
            }
            return .kerasObject(
                "keras.optimizers", kind,
                [
                    .init(
                        key: "optimizer_map",
                        value: .kerasObject(
                            "keras.optimizers", "OptimizerMap",
                            [
                                .init(
                                    key: "default_optimizer",
                                    value: encode(multiple.defaultOptimizer, iteration: iteration)),
                                .init(key: "optimizer_map", value: .object(map)),
                            ])),
                    .init(key: "loss_scale_factor", value: .shortest(multiple.options.lossScaleFactor)), name,
                ])
        case let optimizer as any OptimizerCoding:
            return .kerasObject(
                "keras.optimizers", kind,
                [
                    name,
                    .init(key: "learning_rate", value: ScheduleCoding.encode(optimizer.schedule, iteration: iteration)),
                ]
                    + common(optimizer.options) + optimizer.settings)
        default: preconditionFailure("\(kind): has no configuration")
        }
    }

    private static func common(_ options: OptimizerOptions) -> [JSONValue.Member] {
        var bounds: (norm: Float?, global: Float?, value: Float?)
        switch options.clipping {
        case .norm(let bound): bounds.norm = bound
        case .globalNorm(let bound): bounds.global = bound
        case .value(let bound): bounds.value = bound
        case nil: break
        }
        let average = options.movingAverage
        return [
            .init(key: "weight_decay", value: .shortest(options.weightDecay)),
            .init(key: "clipnorm", value: .shortest(bounds.norm)),
            .init(key: "global_clipnorm", value: .shortest(bounds.global)),
            .init(key: "clipvalue", value: .shortest(bounds.value)),
            .init(key: "use_ema", value: .bool(average != nil)),
            .init(key: "ema_momentum", value: .shortest(average?.momentum ?? 0.99)),
            .init(
                key: "ema_overwrite_frequency", value: average?.overwriteFrequency.map { .integer($0) } ?? .null),
            .init(key: "loss_scale_factor", value: .shortest(options.lossScaleFactor)),
            .init(
                key: "gradient_accumulation_steps", value: options.accumulationSteps.map { .integer($0) } ?? .null),
        ]
    }
}

extension Optimizer {
    /// The name that Keras gives it.
    var kerasName: String { options.name ?? snakeCase(Self.kind) }
}
