import Engine
import JSONText
import NeuralNetwork

extension LayerConfiguration {
    /// How values between positions are made.
    fileprivate func interpolation(default fallback: Interpolation) throws(ConfigurationError) -> Interpolation {
        guard let value = config["interpolation"], !value.isNull else { return fallback }
        guard let interpolation = value.stringValue.flatMap(Interpolation.init(rawValue:)) else {
            throw error("interpolation is \(value.text()), which is not supported; supported are nearest, bilinear")
        }
        return interpolation
    }
}

extension UpSampling2D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> UpSampling2D {
        try configuration.require("data_format", .string("channels_last"))
        return UpSampling2D(
            size: try configuration.numbers("size", count: 2, default: [2, 2]),
            interpolation: try configuration.interpolation(default: .nearest))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "size", value: .integers(size)), .init(key: "data_format", value: .string("channels_last")),
            .init(key: "interpolation", value: .string(interpolation.rawValue)),
        ]
    }
}

extension Resizing: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Resizing {
        try configuration.require("data_format", .string("channels_last"))
        for key in ["crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"] {
            try configuration.require(key, .bool(false))
        }
        // What lies around a picture that keeps its aspect ratio.
        configuration.config.ignore("fill_mode", "fill_value")
        return Resizing(
            try configuration.positive("height"), try configuration.positive("width"),
            interpolation: try configuration.interpolation(default: .bilinear))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "height", value: .integer(height)), .init(key: "width", value: .integer(width)),
            .init(key: "interpolation", value: .string(interpolation.rawValue)),
            .init(key: "crop_to_aspect_ratio", value: .bool(false)),
            .init(key: "pad_to_aspect_ratio", value: .bool(false)), .init(key: "fill_mode", value: .string("constant")),
            .init(key: "fill_value", value: .number(0)), .init(key: "data_format", value: .string("channels_last")),
        ]
    }
}
