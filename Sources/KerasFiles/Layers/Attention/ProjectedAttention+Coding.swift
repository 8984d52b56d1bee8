import JSONText
import NeuralNetwork

extension LayerConfiguration {
    fileprivate func attentionOptions() throws(ConfigurationError) -> AttentionOptions {
        let fallback = AttentionOptions()
        return AttentionOptions(
            dropout: try share("dropout", default: 0), useBias: try bool("use_bias", default: true),
            useGate: try bool("use_gate", default: false),
            slidingWindow: isGiven("sliding_window") ? try positive("sliding_window") : nil,
            kernel: try weight("kernel", default: fallback.kernel), bias: try weight("bias", default: fallback.bias),
            seed: try seed())
    }

    fileprivate func isGiven(_ key: String) -> Bool { config[key].map { !$0.isNull } ?? false }
}

extension AttentionOptions {
    fileprivate var encoded: [JSONValue.Member] {
        [
            .init(key: "dropout", value: .number(dropout)), .init(key: "use_bias", value: .bool(useBias)),
            .init(key: "use_gate", value: .bool(useGate)),
            .init(key: "sliding_window", value: slidingWindow.map(JSONValue.integer) ?? .null),
        ] + kernel.encoded("kernel") + bias.encoded("bias") + [
            .init(key: "seed", value: seed.map(JSONValue.integer) ?? .null)
        ]
    }
}

extension MultiHeadAttention: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> MultiHeadAttention {
        let shape = try configuration.integerOrList("output_shape")
        guard shape.map({ (1...4).contains($0.count) && $0.allSatisfy { $0 > 0 } }) ?? true else {
            throw configuration.error("output_shape is \(shape ?? []), expected one to four positive numbers")
        }
        return MultiHeadAttention(
            try configuration.positive("num_heads"), try configuration.positive("key_dim"),
            valueDim: configuration.isGiven("value_dim") ? try configuration.positive("value_dim") : nil,
            outputShape: shape, attentionAxes: try configuration.integerOrList("attention_axes"),
            options: try configuration.attentionOptions())
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "num_heads", value: .integer(numHeads)), .init(key: "key_dim", value: .integer(keyDim)),
            .init(key: "value_dim", value: .integer(valueDim)),
            .init(key: "output_shape", value: outputShape.map(JSONValue.integers) ?? .null),
            .init(key: "attention_axes", value: attentionAxes.map(JSONValue.integers) ?? .null),
        ] + options.encoded
    }
}

extension GroupQueryAttention: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> GroupQueryAttention {
        let (query, key) = (
            try configuration.positive("num_query_heads"), try configuration.positive("num_key_value_heads")
        )
        guard query % key == 0 else {
            throw configuration.error("num_query_heads is \(query), expected a multiple of num_key_value_heads, \(key)")
        }
        return GroupQueryAttention(
            try configuration.positive("head_dim"), query, key, options: try configuration.attentionOptions())
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "head_dim", value: .integer(headDim)),
            .init(key: "num_query_heads", value: .integer(numQueryHeads)),
            .init(key: "num_key_value_heads", value: .integer(numKeyValueHeads)),
        ] + options.encoded
    }
}
