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
    static var missing: Set<String> { ["trainable"] }

    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Discretization {
        try configuration.require("sparse", .bool(false))
        let given = configuration.config["bin_boundaries"] ?? .null
        let hasBins = configuration.config["num_bins"].map { !$0.isNull } ?? false
        // Without them a layer of num_bins is adapted later.
        let isEmpty = given.isNull || given.arrayValue?.isEmpty == true
        let boundaries: [Double]
        if isEmpty, hasBins {
            boundaries = []
        } else {
            guard let array = try configuration.numberArray("bin_boundaries"), array.shape.rank == 1 else {
                throw configuration.error(
                    "bin_boundaries is \(given.isNull ? "absent" : given.text()), expected a list of numbers, or num_bins "
                        + "for a layer that is adapted later")
            }
            boundaries = array.values
        }
        let isNumber = configuration.config["output_mode"]?.stringValue ?? "int" == "int"
        let mode: CategoryMode? = isNumber ? nil : try configuration.choice("output_mode", default: .multiHot)
        let epsilon = try configuration.number("epsilon", default: 0.01)
        guard hasBins else { return Discretization(binBoundaries: boundaries, outputMode: mode) }
        guard Discretization.epsilons.contains(epsilon) else {
            throw configuration.error("epsilon is \(epsilon), expected a number within \(Discretization.epsilons)")
        }
        let layer = Discretization(
            numBins: try configuration.positive("num_bins"), epsilon: epsilon, binBoundaries: boundaries,
            outputMode: mode)
        // Data of one value have no boundaries, and are written so.
        if mode == nil, given.arrayValue?.isEmpty == true {
            do { try layer.adapt(to: []) } catch { throw configuration.error(error.description) }
        }
        return layer
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "bin_boundaries", value: isAdapted ? .array(binBoundaries.map { .number($0) }) : .null),
            .init(key: "num_bins", value: numBins.map(JSONValue.integer) ?? .null),
            .init(key: "epsilon", value: .number(epsilon)),
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
