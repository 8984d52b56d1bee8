import JSONText
import NeuralNetwork

extension ReLU: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> ReLU {
        let maximum = configuration.config["max_value"].flatMap { $0.isNull ? nil : $0 }
        return ReLU(
            maxValue: try maximum.map { _ throws(ConfigurationError) in Float(try configuration.number("max_value")) },
            negativeSlope: Float(try configuration.number("negative_slope", default: 0)),
            threshold: Float(try configuration.number("threshold", default: 0)))
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "max_value", value: maxValue.map(JSONValue.float) ?? .null),
            .init(key: "negative_slope", value: .float(negativeSlope)),
            .init(key: "threshold", value: .float(threshold)),
        ]
    }
}
