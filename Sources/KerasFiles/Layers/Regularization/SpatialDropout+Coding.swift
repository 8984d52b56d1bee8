import JSONText
import NeuralNetwork

extension SpatialDropout1D: LayerCoding {
    static var missing: Set<String> { ["trainable"] }

    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> SpatialDropout1D {
        SpatialDropout1D(try configuration.share("rate"), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .noise("rate", rate, seed) }
}

extension SpatialDropout2D: LayerCoding {
    static var missing: Set<String> { ["trainable"] }

    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> SpatialDropout2D {
        try configuration.require("data_format", .string("channels_last"))
        return SpatialDropout2D(try configuration.share("rate"), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .noise("rate", rate, seed) + [.channelsLast] }
}

extension SpatialDropout3D: LayerCoding {
    static var missing: Set<String> { ["trainable"] }

    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> SpatialDropout3D {
        try configuration.require("data_format", .string("channels_last"))
        return SpatialDropout3D(try configuration.share("rate"), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .noise("rate", rate, seed) + [.channelsLast] }
}
