import JSONText
import NeuralNetwork

extension RandomSharpness: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomSharpness {
        try configuration.requireChannelsLast()
        return RandomSharpness(
            try configuration.factor("factor", in: 0...1), valueRange: try configuration.valueRange(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .range("factor", factor), .valueRange(valueRange)) }
}

extension RandomPosterization: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomPosterization {
        try configuration.requireChannelsLast()
        let factor = try configuration.factor("factor", in: 1...8)
        guard let lower = Int(exactly: factor.lowerBound), let upper = Int(exactly: factor.upperBound) else {
            throw configuration.error("factor is \(factor.lowerBound) to \(factor.upperBound), expected whole numbers")
        }
        return RandomPosterization(
            lower...upper, valueRange: try configuration.valueRange(), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        .random(
            seed, .init(key: "factor", value: .integers([factor.lowerBound, factor.upperBound])),
            .valueRange(valueRange))
    }
}

extension RandomColorDegeneration: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomColorDegeneration {
        try configuration.requireChannelsLast()
        return RandomColorDegeneration(
            try configuration.factor("factor", in: -1...1), valueRange: try configuration.valueRange(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .range("factor", factor), .valueRange(valueRange)) }
}

extension RandomColorJitter: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomColorJitter {
        try configuration.requireChannelsLast()
        func factor(_ key: String, _ bounds: ClosedRange<Double>) throws(ConfigurationError) -> ClosedRange<Double>? {
            guard let value = configuration.config[key], !value.isNull else { return nil }
            return try configuration.factor(key, in: bounds)
        }
        return RandomColorJitter(
            valueRange: try configuration.valueRange(), brightnessFactor: try factor("brightness_factor", -1...1),
            contrastFactor: try factor("contrast_factor", 0...1),
            saturationFactor: try factor("saturation_factor", -1...1), hueFactor: try factor("hue_factor", 0...1),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        func factor(_ key: String, _ range: ClosedRange<Double>?) -> JSONValue.Member {
            range.map { .range(key, $0) } ?? .init(key: key, value: .null)
        }
        return .random(
            seed, .valueRange(valueRange), factor("brightness_factor", brightnessFactor),
            factor("contrast_factor", contrastFactor), factor("saturation_factor", saturationFactor),
            factor("hue_factor", hueFactor))
    }
}

extension RandomInvert: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomInvert {
        try configuration.requireChannelsLast()
        return RandomInvert(
            try configuration.factor("factor", in: 0...1, default: 0...1), valueRange: try configuration.valueRange(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .range("factor", factor), .valueRange(valueRange)) }
}

extension Solarization: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Solarization {
        try configuration.requireChannelsLast()
        return Solarization(
            additionFactor: try configuration.factor("addition_factor", in: 0...1, default: 0...0),
            thresholdFactor: try configuration.factor("threshold_factor", in: 0...1, default: 0...0),
            valueRange: try configuration.valueRange(), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        .random(
            seed, .valueRange(valueRange), .range("addition_factor", additionFactor),
            .range("threshold_factor", thresholdFactor))
    }
}

// These have no seed, and Keras takes none.
extension AutoContrast: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> AutoContrast {
        try configuration.requireChannelsLast()
        return AutoContrast(valueRange: try configuration.valueRange())
    }

    var encoded: [JSONValue.Member] { [.valueRange(valueRange), .channelsLast] }
}

extension Equalization: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Equalization {
        try configuration.requireChannelsLast()
        let bins = configuration.config["bins"] == nil ? 256 : try configuration.integer("bins")
        return Equalization(valueRange: try configuration.valueRange(), bins: bins)
    }

    var encoded: [JSONValue.Member] {
        [.valueRange(valueRange), .init(key: "bins", value: .integer(bins)), .channelsLast]
    }
}
