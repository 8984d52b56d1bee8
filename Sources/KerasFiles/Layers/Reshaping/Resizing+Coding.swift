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
        try configuration.require("antialias", .bool(false))
        try configuration.require("fill_mode", .string("constant"))
        let crops = try configuration.bool("crop_to_aspect_ratio", default: false)
        let pads = try configuration.bool("pad_to_aspect_ratio", default: false)
        guard !(crops && pads) else {
            throw configuration.error("crop_to_aspect_ratio and pad_to_aspect_ratio are true, expected at most one")
        }
        return Resizing(
            try configuration.positive("height"), try configuration.positive("width"),
            interpolation: try configuration.interpolation(default: .bilinear), cropToAspectRatio: crops,
            padToAspectRatio: pads, fillValue: Float(try configuration.number("fill_value", default: 0)))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "height", value: .integer(height)), .init(key: "width", value: .integer(width)),
            .init(key: "interpolation", value: .string(interpolation.rawValue)),
            .init(key: "crop_to_aspect_ratio", value: .bool(cropToAspectRatio)),
            .init(key: "pad_to_aspect_ratio", value: .bool(padToAspectRatio)),
            .init(key: "fill_mode", value: .string("constant")),
            .init(key: "fill_value", value: .number(Double(fillValue))),
            .init(key: "data_format", value: .string("channels_last")),
        ]
    }
}
