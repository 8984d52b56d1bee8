import JSONText
import NeuralNetwork

extension Rescaling: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Rescaling {
        Rescaling(try configuration.number("scale"), offset: try configuration.number("offset", default: 0))
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "scale", value: .number(scale)), .init(key: "offset", value: .number(offset))]
    }
}
