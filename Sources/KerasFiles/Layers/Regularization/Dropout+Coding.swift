import JSONText
import NeuralNetwork

extension Dropout: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Dropout {
        Dropout(
            try configuration.share("rate"), noiseShape: try configuration.noiseShape(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .noise("rate", rate, seed, noiseShape) }
}

extension AlphaDropout: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> AlphaDropout {
        AlphaDropout(
            try configuration.share("rate"), noiseShape: try configuration.noiseShape(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .noise("rate", rate, seed, noiseShape) }
}

extension GaussianDropout: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> GaussianDropout {
        GaussianDropout(try configuration.share("rate"), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .noise("rate", rate, seed) }
}

extension GaussianNoise: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> GaussianNoise {
        GaussianNoise(try configuration.share("stddev"), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .noise("stddev", stddev, seed) }
}

extension LayerConfiguration {
    /// A number from 0 to 1.
    func share(_ key: String, default fallback: Double? = nil) throws(ConfigurationError) -> Double {
        let value = try number(key, default: fallback)
        guard (0...1).contains(value) else { throw error("\(key) is \(value), expected a number from 0 to 1") }
        return value
    }

    /// Nil when null or absent.
    func seed() throws(ConfigurationError) -> Int? {
        guard let value = config["seed"], !value.isNull else { return nil }
        guard let number = value.integerValue else { throw error("seed is \(value.text()), expected a whole number") }
        return number
    }

    /// Nil when null or absent.
    func noiseShape() throws(ConfigurationError) -> [Int?]? {
        guard let value = config["noise_shape"], !value.isNull else { return nil }
        return try openExtents("noise_shape")
    }
}

extension [JSONValue.Member] {
    /// A share, the seed and, for layers that have one, the noise shape.
    static func noise(
        _ key: String, _ share: Double, _ seed: Int?, _ noiseShape: [Int?]?? = .none
    ) -> [JSONValue.Member] {
        let common: [JSONValue.Member] = [
            .init(key: key, value: .number(share)), .init(key: "seed", value: seed.map { .integer($0) } ?? .null),
        ]
        guard let noiseShape else { return common }
        let extents = noiseShape.map { JSONValue.array($0.map { $0.map { .integer($0) } ?? .null }) }
        return common + [.init(key: "noise_shape", value: extents ?? .null)]
    }
}
