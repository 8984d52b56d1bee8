import JSONText
import Memory
import NeuralNetwork

extension Dense: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Dense {
        try configuration.requireAbsent(
            "kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint",
            "lora_rank", "quantization_config")
        let units = try configuration.integer("units")
        guard units > 0 else { throw configuration.error("units is \(units), expected a positive number") }
        return Dense(
            units, activation: try configuration.activation(),
            useBias: try configuration.bool("use_bias", default: true),
            kernelInitializer: try configuration.initializer("kernel_initializer", default: .glorotUniform),
            biasInitializer: try configuration.initializer("bias_initializer", default: .zeros))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "units", value: .integer(units)), .init(key: "activation", value: .string(activation.rawValue)),
            .init(key: "use_bias", value: .bool(useBias)),
            .init(key: "kernel_initializer", value: kernel.initializer.encoded),
            .init(key: "bias_initializer", value: bias.initializer.encoded),
        ]
    }
}

extension Conv2D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Conv2D {
        try configuration.requireAbsent(
            "kernel_regularizer", "bias_regularizer", "activity_regularizer", "kernel_constraint", "bias_constraint")
        try configuration.require("data_format", .string("channels_last"))
        try configuration.require("groups", .integer(1))
        let filters = try configuration.integer("filters")
        guard filters > 0 else { throw configuration.error("filters is \(filters), expected a positive number") }
        return Conv2D(
            filters, kernelSize: try configuration.pair("kernel_size", default: [1, 1]),
            strides: try configuration.pair("strides", default: [1, 1]), padding: try configuration.padding(),
            dilationRate: try configuration.pair("dilation_rate", default: [1, 1]),
            activation: try configuration.activation(), useBias: try configuration.bool("use_bias", default: true),
            kernelInitializer: try configuration.initializer("kernel_initializer", default: .glorotUniform),
            biasInitializer: try configuration.initializer("bias_initializer", default: .zeros))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "filters", value: .integer(filters)), .init(key: "kernel_size", value: .integers(kernelSize)),
            .init(key: "strides", value: .integers(strides)), .init(key: "padding", value: .string(padding.rawValue)),
            .init(key: "data_format", value: .string("channels_last")),
            .init(key: "dilation_rate", value: .integers(dilationRate)), .init(key: "groups", value: .integer(1)),
            .init(key: "activation", value: .string(activation.rawValue)),
            .init(key: "use_bias", value: .bool(useBias)),
            .init(key: "kernel_initializer", value: kernel.initializer.encoded),
            .init(key: "bias_initializer", value: bias.initializer.encoded),
        ]
    }
}

extension MaxPooling2D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> MaxPooling2D {
        try configuration.require("data_format", .string("channels_last"))
        let size = try configuration.pair("pool_size", default: [2, 2])
        return MaxPooling2D(
            poolSize: size, strides: try configuration.pair("strides", default: size),
            padding: try configuration.padding())
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "pool_size", value: .integers(poolSize)), .init(key: "strides", value: .integers(strides)),
            .init(key: "padding", value: .string(padding.rawValue)),
            .init(key: "data_format", value: .string("channels_last")),
        ]
    }
}

extension Flatten: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Flatten {
        try configuration.require("data_format", .string("channels_last"))
        return Flatten()
    }

    var encoded: [JSONValue.Member] { [.init(key: "data_format", value: .string("channels_last"))] }
}

extension Reshape: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Reshape {
        let extents = try configuration.integers("target_shape")
        guard LayerConfiguration.elementCount(extents) != nil else {
            throw configuration.error("target_shape \(Shape(extents)) has too many elements")
        }
        return Reshape(Shape(extents))
    }

    var encoded: [JSONValue.Member] { [.init(key: "target_shape", value: .integers(targetShape.dimensions))] }
}

extension Rescaling: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Rescaling {
        Rescaling(try configuration.number("scale"), offset: try configuration.number("offset", default: 0))
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "scale", value: .number(scale)), .init(key: "offset", value: .number(offset))]
    }
}

extension Activation: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Activation {
        Activation(try configuration.activation())
    }

    var encoded: [JSONValue.Member] { [.init(key: "activation", value: .string(function.rawValue))] }
}

extension ReLU: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> ReLU {
        let maximum = configuration.config["max_value"].flatMap { $0.isNull ? nil : $0 }
        return ReLU(
            maxValue: try maximum.map { _ throws(ConfigurationError) in Float(try configuration.number("max_value")) },
            negativeSlope: Float(try configuration.number("negative_slope", default: 0)),
            threshold: Float(try configuration.number("threshold", default: 0)))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "max_value", value: maxValue.map(JSONValue.float) ?? .null),
            .init(key: "negative_slope", value: .float(negativeSlope)),
            .init(key: "threshold", value: .float(threshold)),
        ]
    }
}

extension Softmax: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Softmax {
        try configuration.require("axis", .integer(-1))
        return Softmax()
    }

    var encoded: [JSONValue.Member] { [.init(key: "axis", value: .integer(-1))] }
}

extension Dropout: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Dropout {
        try configuration.requireAbsent("noise_shape")
        let rate = try configuration.number("rate")
        guard (0...1).contains(rate) else { throw configuration.error("rate is \(rate), expected 0 to 1") }
        return Dropout(rate)
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "rate", value: .number(rate)), .init(key: "seed", value: .null),
            .init(key: "noise_shape", value: .null),
        ]
    }
}
