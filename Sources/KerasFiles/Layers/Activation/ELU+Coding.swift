import JSONText
import NeuralNetwork

extension ELU: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> ELU {
        ELU(alpha: Float(try configuration.number("alpha", default: 1)))
    }

    var encoded: [JSONValue.Member] { [.init(key: "alpha", value: .float(alpha))] }
}

extension LeakyReLU: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> LeakyReLU {
        // Keras 2 called it alpha.
        let fallback = try configuration.number("alpha", default: 0.3)
        return LeakyReLU(negativeSlope: Float(try configuration.number("negative_slope", default: fallback)))
    }

    var encoded: [JSONValue.Member] { [.init(key: "negative_slope", value: .float(negativeSlope))] }
}
