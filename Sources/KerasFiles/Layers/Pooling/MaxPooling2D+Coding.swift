import JSONText
import NeuralNetwork

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
