import JSONText
import NeuralNetwork

extension SGD: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        momentum = try settings.float("momentum", default: 0)
        nesterov = try settings.bool("nesterov", default: false)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "momentum", value: .shortest(momentum)),
            .init(key: "nesterov", value: .bool(nesterov)),
        ]
    }
}

extension RMSprop: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        rho = try settings.float("rho", default: 0.9)
        momentum = try settings.float("momentum", default: 0)
        epsilon = try settings.float("epsilon", default: 1e-7)
        centered = try settings.bool("centered", default: false)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "rho", value: .shortest(rho)),
            .init(key: "momentum", value: .shortest(momentum)),
            .init(key: "epsilon", value: .shortest(epsilon)),
            .init(key: "centered", value: .bool(centered)),
        ]
    }
}

extension Adagrad: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        initialAccumulatorValue = try settings.float("initial_accumulator_value", default: 0.1)
        epsilon = try settings.float("epsilon", default: 1e-7)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "initial_accumulator_value", value: .shortest(initialAccumulatorValue)),
            .init(key: "epsilon", value: .shortest(epsilon)),
        ]
    }
}

extension Adadelta: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        rho = try settings.float("rho", default: 0.95)
        epsilon = try settings.float("epsilon", default: 1e-7)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "rho", value: .shortest(rho)),
            .init(key: "epsilon", value: .shortest(epsilon)),
        ]
    }
}

extension Lion: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        beta1 = try settings.float("beta_1", default: 0.9)
        beta2 = try settings.float("beta_2", default: 0.99)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "beta_1", value: .shortest(beta1)),
            .init(key: "beta_2", value: .shortest(beta2)),
        ]
    }
}

extension Ftrl: OptimizerCoding {
    init(
        _ settings: ObjectSettings, schedule: any LearningRateSchedule, options: OptimizerOptions
    ) throws(ConfigurationError) {
        self.init(learningRate: schedule, options: options)
        learningRatePower = try settings.float("learning_rate_power", default: -0.5)
        initialAccumulatorValue = try settings.float("initial_accumulator_value", default: 0.1)
        l1RegularizationStrength = try settings.float("l1_regularization_strength", default: 0)
        l2RegularizationStrength = try settings.float("l2_regularization_strength", default: 0)
        l2ShrinkageRegularizationStrength = try settings.float("l2_shrinkage_regularization_strength", default: 0)
        beta = try settings.float("beta", default: 0)
    }

    var settings: [JSONValue.Member] {
        [
            .init(key: "learning_rate_power", value: .shortest(learningRatePower)),
            .init(key: "initial_accumulator_value", value: .shortest(initialAccumulatorValue)),
            .init(key: "l1_regularization_strength", value: .shortest(l1RegularizationStrength)),
            .init(key: "l2_regularization_strength", value: .shortest(l2RegularizationStrength)),
            .init(key: "l2_shrinkage_regularization_strength", value: .shortest(l2ShrinkageRegularizationStrength)),
            .init(key: "beta", value: .shortest(beta)),
        ]
    }
}
