import JSONText
import NeuralNetwork

extension ZeroPadding1D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> ZeroPadding1D {
        try configuration.require("data_format", .string("channels_last"))
        let margins = try configuration.margins("padding", axes: 1)
        guard margins.count == 1 else { throw configuration.error("padding has \(margins.count) axes, expected one") }
        return ZeroPadding1D(margins[0])
    }

    var encoded: [JSONValue.Member] { [.init(key: "padding", value: padding.encoded), .channelsLast] }
}

extension ZeroPadding2D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> ZeroPadding2D {
        try configuration.require("data_format", .string("channels_last"))
        return ZeroPadding2D(try configuration.margins("padding", axes: 2))
    }

    var encoded: [JSONValue.Member] { [.init(key: "padding", value: padding.encoded), .channelsLast] }
}

extension ZeroPadding3D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> ZeroPadding3D {
        try configuration.require("data_format", .string("channels_last"))
        return ZeroPadding3D(try configuration.margins("padding", axes: 3))
    }

    var encoded: [JSONValue.Member] { [.init(key: "padding", value: padding.encoded), .channelsLast] }
}
