import JSONText
import NeuralNetwork

extension Rescaling: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Rescaling {
        guard let scale = try configuration.numberArray("scale") else {
            throw configuration.error("scale is absent, expected a number or an array of numbers")
        }
        return Rescaling(scale, offset: try configuration.numberArray("offset") ?? NumberArray(0))
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "scale", value: scale.encoded), .init(key: "offset", value: offset.encoded)]
    }
}
