import JSONText
import NeuralNetwork

extension Conv2D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Conv2D {
        try configuration.require("data_format", .string("channels_last"))
        try configuration.require("groups", .integer(1))
        let filters = try configuration.integer("filters")
        guard filters > 0 else { throw configuration.error("filters is \(filters), expected a positive number") }
        let layer = Conv2D(
            filters, kernelSize: try configuration.pair("kernel_size", default: [1, 1]),
            strides: try configuration.pair("strides", default: [1, 1]), padding: try configuration.padding(),
            dilationRate: try configuration.pair("dilation_rate", default: [1, 1]),
            activation: try configuration.activation(), useBias: try configuration.bool("use_bias", default: true))
        layer.kernel = try configuration.weight("kernel", default: layer.kernel)
        layer.bias = try configuration.weight("bias", default: layer.bias)
        return layer
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "filters", value: .integer(filters)), .init(key: "kernel_size", value: .integers(kernelSize)),
            .init(key: "strides", value: .integers(strides)), .init(key: "padding", value: .string(padding.rawValue)),
            .init(key: "data_format", value: .string("channels_last")),
            .init(key: "dilation_rate", value: .integers(dilationRate)), .init(key: "groups", value: .integer(1)),
            .init(key: "activation", value: activation.encoded),
            .init(key: "use_bias", value: .bool(useBias)),
        ] + kernel.encoded("kernel") + bias.encoded("bias")
    }
}
