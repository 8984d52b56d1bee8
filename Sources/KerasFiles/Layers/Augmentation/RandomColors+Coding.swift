import JSONText
import NeuralNetwork

extension RandomContrast: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomContrast {
        try configuration.requireChannelsLast()
        return RandomContrast(
            try configuration.factor("factor", in: 0...1), valueRange: try configuration.valueRange(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .range("factor", factor), .valueRange(valueRange)) }
}

extension RandomBrightness: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomBrightness {
        try configuration.requireChannelsLast()
        return RandomBrightness(
            try configuration.factor("factor", in: -1...1), valueRange: try configuration.valueRange(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .range("factor", factor), .valueRange(valueRange)) }
}

extension RandomSaturation: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomSaturation {
        try configuration.requireChannelsLast()
        return RandomSaturation(
            try configuration.factor("factor", in: -1...1), valueRange: try configuration.valueRange(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .range("factor", factor), .valueRange(valueRange)) }
}

extension RandomHue: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomHue {
        try configuration.requireChannelsLast()
        return RandomHue(
            try configuration.factor("factor", in: 0...1), valueRange: try configuration.valueRange(),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .range("factor", factor), .valueRange(valueRange)) }
}

extension RandomGrayscale: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomGrayscale {
        try configuration.requireChannelsLast()
        let factor = try configuration.number("factor", default: 0.5)
        guard (0...1).contains(factor) else { throw configuration.error("factor is \(factor), expected 0 to 1") }
        return RandomGrayscale(factor, seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] { .random(seed, .init(key: "factor", value: .number(factor))) }
}

extension RandomErasing: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomErasing {
        try configuration.requireChannelsLast()
        var fill: [Double]?
        if let value = configuration.config["fill_value"], !value.isNull {
            fill = value.doubleValue.map { [$0] } ?? value.arrayValue?.compactMap(\.doubleValue)
            guard let fill, !fill.isEmpty, value.arrayValue.map({ $0.count == fill.count }) ?? true else {
                throw configuration.error("fill_value is \(value.text()), expected a number or one for each channel")
            }
        }
        return RandomErasing(
            try configuration.factor("factor", in: 0...1, default: 0...1),
            scale: try configuration.factor("scale", in: 0...1, default: 0.02...0.33), fillValue: fill,
            valueRange: try configuration.valueRange(), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        let fill: JSONValue =
            fillValue.map { $0.count == 1 ? .number($0[0]) : .array($0.map { .number($0) }) } ?? .null
        return .random(
            seed, .range("factor", factor), .range("scale", scale), .init(key: "fill_value", value: fill),
            .valueRange(valueRange))
    }
}

extension RandomGaussianBlur: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandomGaussianBlur {
        try configuration.requireChannelsLast()
        let size =
            configuration.config["kernel_size"] == nil ? [3, 3] : try configuration.extents("kernel_size", axes: 2)
        guard size.count == 2, size.allSatisfy({ $0 % 2 == 1 && (1...1001).contains($0) }) else {
            throw configuration.error("kernel_size is \(size), expected two odd numbers from 1 to 1001")
        }
        return RandomGaussianBlur(
            try configuration.factor("factor", in: 0...1, default: 0...1), kernelSize: (size[0], size[1]),
            sigma: try configuration.factor("sigma", in: 0...1, default: 0...1),
            valueRange: try configuration.valueRange(), seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        .random(
            seed, .range("factor", factor),
            .init(key: "kernel_size", value: .integers([kernelSize.width, kernelSize.height])),
            .range("sigma", sigma), .valueRange(valueRange))
    }
}

extension RandAugment: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> RandAugment {
        try configuration.requireChannelsLast()
        let count = configuration.config["num_ops"] == nil ? 2 : try configuration.integer("num_ops")
        return RandAugment(
            valueRange: try configuration.valueRange(), numOps: count,
            factor: try configuration.factor("factor", in: 0...1, default: 0...0.5),
            interpolation: try configuration.choice("interpolation", default: .bilinear),
            seed: try configuration.seed())
    }

    var encoded: [JSONValue.Member] {
        .random(
            seed, .valueRange(valueRange), .init(key: "num_ops", value: .integer(numOps)), .range("factor", factor),
            .init(key: "interpolation", value: .string(interpolation.rawValue)))
    }
}
