import JSONText
import NeuralNetwork

extension PoolingLayer: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self {
        try configuration.require("data_format", .string("channels_last"))
        let rank = spatialRank
        let size = try configuration.numbers(
            "pool_size", count: rank, default: Array(repeating: 2, count: rank))
        return Self(
            poolSize: size, strides: try configuration.numbers("strides", count: rank, default: size),
            padding: try configuration.padding(allowed: [.valid, .same]))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "pool_size", value: .integers(poolSize)), .init(key: "strides", value: .integers(strides)),
            .init(key: "padding", value: .string(padding.rawValue)),
            .init(key: "data_format", value: .string("channels_last")),
        ]
    }
}

extension GlobalPoolingLayer: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self {
        try configuration.require("data_format", .string("channels_last"))
        return Self(keepDimensions: try configuration.bool("keepdims", default: false))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "data_format", value: .string("channels_last")),
            .init(key: "keepdims", value: .bool(keepDimensions)),
        ]
    }
}
