import JSONText
import NeuralNetwork

extension Adam: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        beta1 = try settings.float("beta_1", default: 0.9)
        beta2 = try settings.float("beta_2", default: 0.999)
        epsilon = try settings.float("epsilon", default: 1e-7)
        amsgrad = try settings.bool("amsgrad", default: false)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "beta_1", value: .shortest(beta1)),
            .init(key: "beta_2", value: .shortest(beta2)),
            .init(key: "epsilon", value: .shortest(epsilon)),
            .init(key: "amsgrad", value: .bool(amsgrad)),
        ]
    }
}

extension AdamW: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        self.options.weightDecay = try settings.optionalFloat("weight_decay", default: 0.004)
        beta1 = try settings.float("beta_1", default: 0.9)
        beta2 = try settings.float("beta_2", default: 0.999)
        epsilon = try settings.float("epsilon", default: 1e-7)
        amsgrad = try settings.bool("amsgrad", default: false)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "beta_1", value: .shortest(beta1)),
            .init(key: "beta_2", value: .shortest(beta2)),
            .init(key: "epsilon", value: .shortest(epsilon)),
            .init(key: "amsgrad", value: .bool(amsgrad)),
        ]
    }
}

extension Adamax: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        beta1 = try settings.float("beta_1", default: 0.9)
        beta2 = try settings.float("beta_2", default: 0.999)
        epsilon = try settings.float("epsilon", default: 1e-7)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "beta_1", value: .shortest(beta1)),
            .init(key: "beta_2", value: .shortest(beta2)),
            .init(key: "epsilon", value: .shortest(epsilon)),
        ]
    }
}

extension Nadam: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        beta1 = try settings.float("beta_1", default: 0.9)
        beta2 = try settings.float("beta_2", default: 0.999)
        epsilon = try settings.float("epsilon", default: 1e-7)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "beta_1", value: .shortest(beta1)),
            .init(key: "beta_2", value: .shortest(beta2)),
            .init(key: "epsilon", value: .shortest(epsilon)),
        ]
    }
}

extension Lamb: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        beta1 = try settings.float("beta_1", default: 0.9)
        beta2 = try settings.float("beta_2", default: 0.999)
        epsilon = try settings.float("epsilon", default: 1e-7)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "beta_1", value: .shortest(beta1)),
            .init(key: "beta_2", value: .shortest(beta2)),
            .init(key: "epsilon", value: .shortest(epsilon)),
        ]
    }
}

extension ScheduleFreeAdamW: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        beta1 = try settings.float("beta_1", default: 0.9)
        beta2 = try settings.float("beta_2", default: 0.999)
        epsilon = try settings.float("epsilon", default: 1e-8)
        warmupSteps = try settings.integer("warmup_steps", default: 0)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "beta_1", value: .shortest(beta1)),
            .init(key: "beta_2", value: .shortest(beta2)),
            .init(key: "epsilon", value: .shortest(epsilon)),
            .init(key: "warmup_steps", value: .integer(warmupSteps)),
        ]
    }
}
