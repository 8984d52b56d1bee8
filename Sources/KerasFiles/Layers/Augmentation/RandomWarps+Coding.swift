import JSONText
import NeuralNetwork

extension RandomPerspective: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomPerspective {
        try configuration.requireChannelsLast()
        let scale = try configuration.number("scale", default: 1)
        guard (0...1).contains(scale) else { throw configuration.error("scale is \(scale), expected 0 to 1") }
        return RandomPerspective(
            try configuration.factor("factor", in: 0...1, default: 0...1), scale: scale,
            interpolation: try configuration.choice("interpolation", default: .bilinear),
            fillValue: try configuration.number("fill_value", default: 0), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        .random(
            seed, .range("factor", factor), .init(key: "scale", value: .number(scale)),
            .init(key: "interpolation", value: .string(interpolation.rawValue)),
            .init(key: "fill_value", value: .number(fillValue)))
    }
}

extension RandomElasticTransform: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomElasticTransform {
        try configuration.requireChannelsLast()
        return RandomElasticTransform(
            try configuration.factor("factor", in: 0...1, default: 0...1),
            scale: try configuration.factor("scale", in: 0...1, default: 0...1),
            resampling: try configuration.resampling(), valueRange: try configuration.valueRange(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        .random(seed, .range("factor", factor), .range("scale", scale), .valueRange(valueRange))
            + .resampling(resampling)
    }
}

extension AugMix: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> AugMix {
        try configuration.requireChannelsLast()
        func count(_ key: String) throws(ConfigurationError) -> Int {
            configuration.config[key] == nil ? 3 : try configuration.integer(key)
        }
        return AugMix(
            valueRange: try configuration.valueRange(), numChains: try count("num_chains"),
            chainDepth: try count("chain_depth"),
            factor: try configuration.factor("factor", in: 0...1, default: 0...0.3),
            alpha: try configuration.number("alpha", default: 1),
            allOps: try configuration.bool("all_ops", default: true),
            interpolation: try configuration.choice("interpolation", default: .bilinear),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        .random(
            seed, .valueRange(valueRange), .init(key: "num_chains", value: .integer(numChains)),
            .init(key: "chain_depth", value: .integer(chainDepth)), .range("factor", factor),
            .init(key: "alpha", value: .number(alpha)), .init(key: "all_ops", value: .bool(allOps)),
            .init(key: "interpolation", value: .string(interpolation.rawValue)))
    }
}
