import JSONText
import NeuralNetwork

extension FilteringConvolution: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self {
        try configuration.requireAbsent("lora_rank", "quantization_config")
        let filters = try configuration.positive("filters")
        let groups = try configuration.positive("groups", default: 1)
        guard filters % groups == 0 else {
            throw configuration.error("filters is \(filters), expected a multiple of groups, which is \(groups)")
        }
        return Self(
            filters: filters, groups: groups,
            try ConvolutionOptions(configuration, rank: spatialRank, kernel: "kernel"))
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "filters", value: .integer(filters)), .init(key: "groups", value: .integer(groups))]
            + options.encoded(kernel: "kernel")
    }
}

extension DepthwiseConvolution: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self {
        Self(
            depthMultiplier: try configuration.positive("depth_multiplier", default: 1),
            try ConvolutionOptions(configuration, rank: spatialRank, kernel: "depthwise"))
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "depth_multiplier", value: .integer(depthMultiplier))] + options.encoded(kernel: "depthwise")
    }
}

extension SeparableConvolution: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self {
        Self(
            filters: try configuration.positive("filters"),
            depthMultiplier: try configuration.positive("depth_multiplier", default: 1),
            try ConvolutionOptions(configuration, rank: spatialRank, kernel: "depthwise"),
            pointwise: try configuration.weight("pointwise", default: WeightOptions(.glorotUniform)))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "filters", value: .integer(filters)),
            .init(key: "depth_multiplier", value: .integer(depthMultiplier)),
        ] + options.encoded(kernel: "depthwise") + pointwise.encoded("pointwise")
    }
}

extension TransposedConvolution: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self {
        let rank = spatialRank
        let isGiven = configuration.config["output_padding"].map { !$0.isNull } ?? false
        return Self(
            filters: try configuration.positive("filters"),
            outputPadding: isGiven ? try configuration.counts("output_padding", count: rank) : nil,
            try ConvolutionOptions(configuration, rank: rank, kernel: "kernel"))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "filters", value: .integer(filters)),
            .init(key: "output_padding", value: outputPadding.map(JSONValue.integers) ?? .null),
        ] + options.encoded(kernel: "kernel")
    }
}

extension LayerConfiguration {
    /// Numbers from 0 on, one for each spatial axis, or one that counts for all.
    fileprivate func counts(_ key: String, count: Int) throws(ConfigurationError) -> [Int] {
        let isList = config[key]?.arrayValue != nil
        let numbers = isList ? try integers(key) : Array(repeating: try integer(key), count: count)
        guard numbers.count == count, numbers.allSatisfy({ $0 >= 0 }) else {
            throw error("\(key) is \(numbers), expected \(count) numbers from 0 on")
        }
        return numbers
    }
}
