import JSONText
import NeuralNetwork

extension Dropout: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Dropout {
        try configuration.requireAbsent("noise_shape")
        let rate = try configuration.number("rate")
        guard (0...1).contains(rate) else { throw configuration.error("rate is \(rate), expected 0 to 1") }
        return Dropout(rate)
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "rate", value: .number(rate)), .init(key: "seed", value: .null),
            .init(key: "noise_shape", value: .null),
        ]
    }
}
