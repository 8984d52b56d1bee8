import JSONText
import NeuralNetwork

extension Dense: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Dense {
        try configuration.requireAbsent("lora_rank", "quantization_config")
        let units = try configuration.integer("units")
        guard units > 0 else { throw configuration.error("units is \(units), expected a positive number") }
        let layer = Dense(
            units, activation: try configuration.activation(),
            useBias: try configuration.bool("use_bias", default: true))
        layer.kernel = try configuration.weight("kernel", default: layer.kernel)
        layer.bias = try configuration.weight("bias", default: layer.bias)
        return layer
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "units", value: .integer(units)), .init(key: "activation", value: activation.encoded),
            .init(key: "use_bias", value: .bool(useBias)),
        ] + kernel.encoded("kernel") + bias.encoded("bias")
    }
}
