import JSONText
import NeuralNetwork

/// Learning-rate schedules as Keras writes them.
enum ScheduleCoding {
    private static let supported =
        "CosineDecay, CosineDecayRestarts, ExponentialDecay, InverseTimeDecay, PiecewiseConstantDecay, PolynomialDecay"

    /// The schedule of a `learning_rate`: a number or an object.
    static func decode(_ value: JSONValue, of optimizer: String) throws(ConfigurationError) -> any LearningRateSchedule
    {
        if let number = value.doubleValue { return Float(number) }
        guard value["class_name"] != nil else {
            throw ConfigurationError(
                "optimizer \(optimizer): learning_rate is \(value.text()), expected a number or a schedule of Keras")
        }
        let settings = try ObjectSettings("schedule", value)
        let schedule = try decode(settings)
        try settings.refuseUnknown()
        if let problem = schedule.problem { throw settings.error(problem) }
        return schedule
    }

    private static func decode(_ settings: ObjectSettings) throws(ConfigurationError) -> any LearningRateSchedule {
        func initial() throws(ConfigurationError) -> Float { try settings.float("initial_learning_rate") }
        switch settings.kind {
        case "ExponentialDecay":
            return ExponentialDecay(
                try initial(), decaySteps: try settings.integer("decay_steps"),
                decayRate: try settings.float("decay_rate"), staircase: try settings.bool("staircase", default: false))
        case "InverseTimeDecay":
            return InverseTimeDecay(
                try initial(), decaySteps: try settings.integer("decay_steps"),
                decayRate: try settings.float("decay_rate"), staircase: try settings.bool("staircase", default: false))
        case "PiecewiseConstantDecay":
            let boundaries = try settings.floats("boundaries")
            guard case let whole = boundaries.compactMap({ Int(exactly: $0.rounded(.down)) }),
                whole.count == boundaries.count
            else { throw settings.error("boundaries are \(boundaries), expected numbers of updates") }
            return PiecewiseConstantDecay(boundaries: whole, values: try settings.floats("values"))
        case "PolynomialDecay":
            return PolynomialDecay(
                try initial(), decaySteps: try settings.integer("decay_steps"),
                endLearningRate: try settings.float("end_learning_rate", default: 1e-4),
                power: try settings.float("power", default: 1), cycle: try settings.bool("cycle", default: false))
        case "CosineDecay":
            return CosineDecay(
                try initial(), decaySteps: try settings.integer("decay_steps"),
                alpha: try settings.float("alpha", default: 0),
                warmupTarget: try settings.optionalFloat("warmup_target"),
                warmupSteps: try settings.integer("warmup_steps", default: 0))
        case "CosineDecayRestarts":
            return CosineDecayRestarts(
                try initial(), firstDecaySteps: try settings.integer("first_decay_steps"),
                tMul: try settings.float("t_mul", default: 2), mMul: try settings.float("m_mul", default: 1),
                alpha: try settings.float("alpha", default: 0))
        default:
            throw ConfigurationError("schedule \(settings.kind) is not supported; supported are \(supported)")
        }
    }

    /// A schedule as Keras has it; the step size that it has come to where Keras has no such schedule.
    static func encode(_ schedule: any LearningRateSchedule, iteration: Int) -> JSONValue {
        object(schedule) ?? .float(schedule.learningRate(at: iteration))
    }

    /// Whether files hold the step size as a number beside the configuration, as Keras does for those that are no schedules.
    static func isNumber(_ schedule: any LearningRateSchedule) -> Bool { object(schedule) == nil }

    private static func object(_ schedule: any LearningRateSchedule) -> JSONValue? {
        func make(_ kind: String, _ name: String? = nil, _ config: [JSONValue.Member]) -> JSONValue {
            .kerasObject(
                "keras.optimizers.schedules", kind, config + [.init(key: "name", value: .string(name ?? kind))])
        }
        func member(_ key: String, _ value: Float?) -> JSONValue.Member { .init(key: key, value: .shortest(value)) }
        func member(_ key: String, _ value: Int) -> JSONValue.Member { .init(key: key, value: .integer(value)) }
        func member(_ key: String, _ value: Bool) -> JSONValue.Member { .init(key: key, value: .bool(value)) }
        switch schedule {
        case let decay as ExponentialDecay:
            return make(
                "ExponentialDecay", nil,
                [
                    member("initial_learning_rate", decay.initialLearningRate),
                    member("decay_steps", decay.decaySteps), member("decay_rate", decay.decayRate),
                    member("staircase", decay.staircase),
                ])
        case let decay as InverseTimeDecay:
            return make(
                "InverseTimeDecay", nil,
                [
                    member("initial_learning_rate", decay.initialLearningRate),
                    member("decay_steps", decay.decaySteps), member("decay_rate", decay.decayRate),
                    member("staircase", decay.staircase),
                ])
        case let decay as PiecewiseConstantDecay:
            return make(
                "PiecewiseConstantDecay", "PiecewiseConstant",
                [
                    .init(key: "boundaries", value: .integers(decay.boundaries)),
                    .init(key: "values", value: .array(decay.values.map { .shortest($0) })),
                ])
        case let decay as PolynomialDecay:
            return make(
                "PolynomialDecay", nil,
                [
                    member("initial_learning_rate", decay.initialLearningRate),
                    member("decay_steps", decay.decaySteps), member("end_learning_rate", decay.endLearningRate),
                    member("power", decay.power), member("cycle", decay.cycle),
                ])
        case let decay as CosineDecay:
            return make(
                "CosineDecay", nil,
                [
                    member("initial_learning_rate", decay.initialLearningRate),
                    member("decay_steps", decay.decaySteps), member("alpha", decay.alpha),
                    member("warmup_target", decay.warmupTarget), member("warmup_steps", decay.warmupSteps),
                ])
        case let decay as CosineDecayRestarts:
            return make(
                "CosineDecayRestarts", "SGDRDecay",
                [
                    member("initial_learning_rate", decay.initialLearningRate),
                    member("first_decay_steps", decay.firstDecaySteps), member("t_mul", decay.tMul),
                    member("m_mul", decay.mMul), member("alpha", decay.alpha),
                ])
        default: return nil
        }
    }
}
