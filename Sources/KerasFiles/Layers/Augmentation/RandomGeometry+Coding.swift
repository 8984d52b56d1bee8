import JSONText
import NeuralNetwork

extension RandomFlip: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomFlip {
        try configuration.requireChannelsLast()
        return RandomFlip(try configuration.choice("mode", default: .both), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .init(key: "mode", value: .string(mode.rawValue))) }
}

extension RandomTranslation: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomTranslation {
        try configuration.requireChannelsLast()
        return RandomTranslation(
            try configuration.factor("height_factor", in: -1...1), try configuration.factor("width_factor", in: -1...1),
            resampling: try configuration.resampling(), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        .random(seed, .range("height_factor", heightFactor), .range("width_factor", widthFactor))
            + .resampling(resampling)
    }
}

extension RandomRotation: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomRotation {
        try configuration.requireChannelsLast()
        return RandomRotation(
            try configuration.factor("factor", in: -1...1), resampling: try configuration.resampling(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .range("factor", factor)) + .resampling(resampling) }
}

extension RandomZoom: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomZoom {
        try configuration.requireChannelsLast()
        let width = configuration.config["width_factor"]
        return RandomZoom(
            try configuration.factor("height_factor", in: -0.999...1),
            width == nil || width == .null ? nil : try configuration.factor("width_factor", in: -0.999...1),
            resampling: try configuration.resampling(), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        let width = widthFactor.map { JSONValue.Member.range("width_factor", $0) }
        return .random(
            seed, .range("height_factor", heightFactor), width ?? .init(key: "width_factor", value: .null))
            + .resampling(resampling)
    }
}

extension RandomShear: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomShear {
        try configuration.requireChannelsLast()
        // Keras writes -f to f for a number f, which it would not take back itself.
        return RandomShear(
            x: try configuration.factor("x_factor", in: -1...1, default: 0...0),
            y: try configuration.factor("y_factor", in: -1...1, default: 0...0),
            resampling: try configuration.resampling(), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        func factor(_ key: String, _ range: ClosedRange<Double>) -> JSONValue.Member {
            range.lowerBound < 0 ? .init(key: key, value: .number(range.upperBound)) : .range(key, range)
        }
        return .random(seed, factor("x_factor", xFactor), factor("y_factor", yFactor)) + .resampling(resampling)
    }
}

extension RandomCrop: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomCrop {
        try configuration.requireChannelsLast()
        return RandomCrop(
            try configuration.integer("height"), try configuration.integer("width"), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        .random(
            seed, .init(key: "height", value: .integer(height)), .init(key: "width", value: .integer(width)))
    }
}

extension MixUp: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> MixUp {
        try configuration.requireChannelsLast()
        return MixUp(try configuration.number("alpha", default: 0.2), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .init(key: "alpha", value: .number(alpha))) }
}

extension CutMix: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> CutMix {
        try configuration.requireChannelsLast()
        return CutMix(try configuration.factor("factor", in: 0...1, default: 0...1), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .range("factor", factor)) }
}
