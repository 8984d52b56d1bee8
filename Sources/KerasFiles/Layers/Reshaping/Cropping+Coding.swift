import JSONText
import NeuralNetwork

extension Cropping1D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Cropping1D {
        let margins = try configuration.margins("cropping", axes: 1)
        guard margins.count == 1 else { throw configuration.error("cropping has \(margins.count) axes, expected one") }
        return Cropping1D(margins[0])
    }

    var encoded: [JSONValue.Member] { [.init(key: "cropping", value: cropping.encoded)] }
}

extension Cropping2D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Cropping2D {
        try configuration.require("data_format", .string("channels_last"))
        return Cropping2D(try configuration.margins("cropping", axes: 2))
    }

    var encoded: [JSONValue.Member] { [.init(key: "cropping", value: cropping.encoded), .channelsLast] }
}

extension Cropping3D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Cropping3D {
        try configuration.require("data_format", .string("channels_last"))
        return Cropping3D(try configuration.margins("cropping", axes: 3))
    }

    var encoded: [JSONValue.Member] { [.init(key: "cropping", value: cropping.encoded), .channelsLast] }
}
