import JSONText
import NeuralNetwork

extension UpSampling1D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> UpSampling1D {
        UpSampling1D(try configuration.integer("size"))
    }

    var encoded: [JSONValue.Member] { [.init(key: "size", value: .integer(size[0]))] }
}

extension UpSampling3D: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> UpSampling3D {
        try configuration.require("data_format", .string("channels_last"))
        return UpSampling3D(try configuration.extents("size", axes: 3))
    }

    var encoded: [JSONValue.Member] { [.init(key: "size", value: .integers(size)), .channelsLast] }
}

extension JSONValue.Member {
    /// The only order of axes that there is.
    static let channelsLast = JSONValue.Member(key: "data_format", value: .string("channels_last"))
}
