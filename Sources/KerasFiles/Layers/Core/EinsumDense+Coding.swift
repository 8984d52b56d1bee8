import JSONText
import NeuralNetwork

extension EinsumDense: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> EinsumDense {
        try configuration.requireAbsent("lora_rank", "quantization_config")
        let config = configuration.config
        guard let equation = config["equation"]?.stringValue else {
            throw configuration.error("equation is \(config["equation"]?.text() ?? "absent"), expected a text")
        }
        let letters = config["bias_axes"] ?? .null
        guard letters.isNull || letters.stringValue != nil else {
            throw configuration.error("bias_axes is \(letters.text()), expected letters of the equation or null")
        }
        let layer = EinsumDense(
            equation, outputShape: try configuration.openExtents("output_shape"),
            activation: try configuration.activation(), biasAxes: letters.stringValue)
        layer.kernel = try configuration.weight("kernel", default: layer.kernel)
        layer.bias = try configuration.weight("bias", default: layer.bias)
        return layer
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "output_shape", value: .array(outputShape.map { $0.map { .integer($0) } ?? .null })),
            .init(key: "equation", value: .string(equation)), .init(key: "activation", value: activation.encoded),
            .init(key: "bias_axes", value: biasAxes.map { .string($0) } ?? .null),
        ] + kernel.encoded("kernel") + bias.encoded("bias")
    }
}

extension LayerConfiguration {
    /// Extents of which some may be null, or one number.
    func openExtents(_ key: String) throws(ConfigurationError) -> [Int?] {
        guard let items = config[key]?.arrayValue else { return [try integer(key)] }
        return try items.map { item throws(ConfigurationError) in
            item.isNull ? nil : try integers(.array([item]), key)[0]
        }
    }
}
