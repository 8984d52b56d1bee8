import JSONText
import NeuralNetwork

extension CategoryEncoding: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> CategoryEncoding {
        try configuration.require("sparse", .bool(false))
        return CategoryEncoding(
            numTokens: try configuration.integer("num_tokens"),
            outputMode: try configuration.choice("output_mode", default: .multiHot))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "num_tokens", value: .integer(numTokens)),
            .init(key: "output_mode", value: .string(outputMode.rawValue)),
        ]
    }
}

extension Discretization: LayerCoding {
    static var hasTrainable: Bool { false }

    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Discretization {
        try configuration.require("sparse", .bool(false))
        // How boundaries are found in data; here they are known.
        configuration.config.ignore("num_bins", "epsilon")
        guard let boundaries = try configuration.numberArray("bin_boundaries"), boundaries.shape.rank == 1 else {
            throw configuration.error(
                "bin_boundaries is \(configuration.config["bin_boundaries"]?.text() ?? "absent"), expected a list of "
                    + "numbers; adapt the layer in Keras before saving")
        }
        let isNumber = configuration.config["output_mode"]?.stringValue ?? "int" == "int"
        return Discretization(
            binBoundaries: boundaries.values,
            outputMode: isNumber ? nil : try configuration.choice("output_mode", default: .multiHot))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "bin_boundaries", value: .array(binBoundaries.map { .number($0) })),
            .init(key: "num_bins", value: .null), .init(key: "epsilon", value: .number(0.01)),
            .init(key: "output_mode", value: .string(outputMode?.rawValue ?? "int")),
            .init(key: "sparse", value: .bool(false)),
        ]
    }
}

extension CenterCrop: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> CenterCrop {
        try configuration.require("data_format", .string("channels_last"))
        return CenterCrop(try configuration.integer("height"), try configuration.integer("width"))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "height", value: .integer(height)), .init(key: "width", value: .integer(width)), .channelsLast,
        ]
    }
}
