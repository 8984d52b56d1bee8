import JSONText
import NeuralNetwork

extension BatchNormalization: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> BatchNormalization {
        for key in ["renorm", "synchronized"] { try configuration.require(key, .bool(false)) }
        // Belongs to `renorm`, and stands in every file.
        configuration.config.ignore("renorm_momentum")
        let layer = BatchNormalization(
            axis: try configuration.axes("axis").first ?? -1,
            momentum: try configuration.number("momentum", default: 0.99),
            epsilon: try configuration.number("epsilon", default: 1e-3),
            center: try configuration.bool("center", default: true),
            scale: try configuration.bool("scale", default: true))
        layer.beta = try configuration.weight("beta", default: layer.beta)
        layer.gamma = try configuration.weight("gamma", default: layer.gamma)
        layer.movingMean = try configuration.initializer("moving_mean_initializer", default: .zeros)
        layer.movingVariance = try configuration.initializer("moving_variance_initializer", default: .ones)
        return layer
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "axis", value: .integer(axis)), .init(key: "momentum", value: .number(momentum)),
            .init(key: "epsilon", value: .number(epsilon)), .init(key: "center", value: .bool(center)),
            .init(key: "scale", value: .bool(scale)),
            .init(key: "moving_mean_initializer", value: movingMean.encoded),
            .init(key: "moving_variance_initializer", value: movingVariance.encoded),
            .init(key: "synchronized", value: .bool(false)),
        ] + beta.encoded("beta") + gamma.encoded("gamma")
    }
}

extension LayerNormalization: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> LayerNormalization {
        try configuration.require("rms_scaling", .bool(false))
        let layer = LayerNormalization(
            axis: try configuration.axes("axis"), epsilon: try configuration.number("epsilon", default: 1e-3),
            center: try configuration.bool("center", default: true),
            scale: try configuration.bool("scale", default: true))
        layer.beta = try configuration.weight("beta", default: layer.beta)
        layer.gamma = try configuration.weight("gamma", default: layer.gamma)
        return layer
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "axis", value: .axes(axis)), .init(key: "epsilon", value: .number(epsilon)),
            .init(key: "center", value: .bool(center)), .init(key: "scale", value: .bool(scale)),
        ] + beta.encoded("beta") + gamma.encoded("gamma")
    }
}

extension GroupNormalization: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> GroupNormalization {
        let layer = GroupNormalization(
            groups: try configuration.integer("groups"), axis: try configuration.axes("axis").first ?? -1,
            epsilon: try configuration.number("epsilon", default: 1e-3),
            center: try configuration.bool("center", default: true),
            scale: try configuration.bool("scale", default: true))
        layer.beta = try configuration.weight("beta", default: layer.beta)
        layer.gamma = try configuration.weight("gamma", default: layer.gamma)
        return layer
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "groups", value: .integer(groups)), .init(key: "axis", value: .integer(axis)),
            .init(key: "epsilon", value: .number(epsilon)), .init(key: "center", value: .bool(center)),
            .init(key: "scale", value: .bool(scale)),
        ] + beta.encoded("beta") + gamma.encoded("gamma")
    }
}

extension RMSNormalization: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RMSNormalization {
        RMSNormalization(
            axis: try configuration.axes("axis"), epsilon: try configuration.number("epsilon", default: 1e-6))
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "axis", value: .axes(axis)), .init(key: "epsilon", value: .number(epsilon))]
    }
}

extension UnitNormalization: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> UnitNormalization {
        UnitNormalization(axis: try configuration.axes("axis"))
    }

    var encoded: [JSONValue.Member] { [.init(key: "axis", value: .axes(axis))] }
}

extension LayerConfiguration {
    /// An axis or a list of them; the last one when there is none.
    fileprivate func axes(_ key: String) throws(ConfigurationError) -> [Int] {
        guard let value = config[key], !value.isNull else { return [-1] }
        return value.arrayValue == nil ? [try integer(key)] : try integers(key)
    }
}

extension JSONValue {
    /// One axis as a number, several as a list.
    fileprivate static func axes(_ axes: [Int]) -> JSONValue { axes.count == 1 ? .integer(axes[0]) : .integers(axes) }
}
