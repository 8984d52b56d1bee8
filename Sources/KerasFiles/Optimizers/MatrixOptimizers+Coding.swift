import JSONText
import NeuralNetwork

extension Adafactor: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        beta2Decay = try settings.float("beta_2_decay", default: -0.8)
        epsilon1 = try settings.float("epsilon_1", default: 1e-30)
        epsilon2 = try settings.float("epsilon_2", default: 1e-3)
        clipThreshold = try settings.float("clip_threshold", default: 1)
        relativeStep = try settings.bool("relative_step", default: true)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "beta_2_decay", value: .shortest(beta2Decay)),
            .init(key: "epsilon_1", value: .shortest(epsilon1)),
            .init(key: "epsilon_2", value: .shortest(epsilon2)),
            .init(key: "clip_threshold", value: .shortest(clipThreshold)),
            .init(key: "relative_step", value: .bool(relativeStep)),
        ]
    }
}

extension Muon: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        adamBeta1 = try settings.float("adam_beta_1", default: 0.9)
        adamBeta2 = try settings.float("adam_beta_2", default: 0.999)
        epsilon = try settings.float("epsilon", default: 1e-7)
        excludeLayers = try settings.texts("exclude_layers")
        a = try settings.float("muon_a", default: 3.4445)
        b = try settings.float("muon_b", default: -4.775)
        c = try settings.float("muon_c", default: 2.0315)
        adamLearningRateRatio = try settings.float("adam_lr_ratio", default: 1)
        momentum = try settings.float("momentum", default: 0.95)
        nsSteps = try settings.integer("ns_steps", default: 5)
        nesterov = try settings.bool("nesterov", default: true)
        excludeEmbeddings = try settings.bool("exclude_embeddings", default: true)
        adamWeightDecay = try settings.optionalFloat("adam_weight_decay", default: 0.004)
        rmsRate = try settings.optionalFloat("rms_rate", default: 0.2)
        self.options.weightDecay = try settings.optionalFloat("weight_decay", default: 0.004)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "adam_beta_1", value: .shortest(adamBeta1)),
            .init(key: "adam_beta_2", value: .shortest(adamBeta2)),
            .init(key: "epsilon", value: .shortest(epsilon)),
            .init(key: "exclude_layers", value: .array(excludeLayers.map { .string($0) })),
            .init(key: "muon_a", value: .shortest(a)),
            .init(key: "muon_b", value: .shortest(b)),
            .init(key: "muon_c", value: .shortest(c)),
            .init(key: "adam_lr_ratio", value: .shortest(adamLearningRateRatio)),
            .init(key: "momentum", value: .shortest(momentum)),
            .init(key: "ns_steps", value: .integer(nsSteps)),
            .init(key: "nesterov", value: .bool(nesterov)),
            .init(key: "exclude_embeddings", value: .bool(excludeEmbeddings)),
            .init(key: "adam_weight_decay", value: .shortest(adamWeightDecay)),
            .init(key: "rms_rate", value: .shortest(rmsRate)),
        ]
    }
}
