import Engine
import JSONText
import NeuralNetwork

extension ConvolutionOptions {
    /// The options of a configuration.
    ///
    /// - Parameter kernel: the prefix of the kernel's settings, `kernel` or `depthwise`.
    init(_ configuration: LayerConfiguration, rank: Int, kernel: String) throws(ConfigurationError) {
        try configuration.require("data_format", .string("channels_last"))
        let ones = Array(repeating: 1, count: rank)
        self.init(
            kernelSize: try configuration.numbers("kernel_size", count: rank),
            strides: try configuration.numbers("strides", count: rank, default: ones),
            padding: try configuration.padding(allowed: rank == 1 ? [.valid, .same, .causal] : [.valid, .same]),
            dilationRate: try configuration.numbers("dilation_rate", count: rank, default: ones),
            activation: try configuration.activation(),
            useBias: try configuration.bool("use_bias", default: true),
            kernel: try configuration.weight(kernel, default: WeightOptions(.glorotUniform)),
            bias: try configuration.weight("bias", default: WeightOptions(.zeros)))
    }

    /// The settings of all convolutions.
    func encoded(kernel prefix: String) -> [JSONValue.Member] {
        [
            .init(key: "kernel_size", value: .integers(kernelSize)), .init(key: "strides", value: .integers(strides)),
            .init(key: "padding", value: .string(padding.rawValue)),
            .init(key: "data_format", value: .string("channels_last")),
            .init(key: "dilation_rate", value: .integers(dilationRate)),
            .init(key: "activation", value: activation.encoded), .init(key: "use_bias", value: .bool(useBias)),
        ] + kernel.encoded(prefix) + bias.encoded("bias")
    }
}

extension LayerConfiguration {
    /// Positive numbers, one for each spatial axis, or one that counts for all.
    func numbers(_ key: String, count: Int, default fallback: [Int]? = nil) throws(ConfigurationError) -> [Int] {
        guard let value = config[key], !value.isNull else {
            if let fallback { return fallback }
            throw error("\(key) is absent, expected \(count) positive numbers")
        }
        let numbers = value.arrayValue == nil ? Array(repeating: try integer(key), count: count) : try integers(key)
        guard numbers.count == count, numbers.allSatisfy({ $0 > 0 }) else {
            let expected = ["one positive number", "two positive numbers", "three positive numbers"][count - 1]
            throw error("\(key) is \(value.text()), expected \(expected)")
        }
        return numbers
    }

    /// A positive number.
    func positive(_ key: String, default fallback: Int? = nil) throws(ConfigurationError) -> Int {
        if config[key] == nil, let fallback { return fallback }
        let number = try integer(key)
        guard number > 0 else { throw error("\(key) is \(number), expected a positive number") }
        return number
    }
}
