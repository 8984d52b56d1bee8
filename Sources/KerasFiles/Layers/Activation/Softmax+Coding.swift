import JSONText
import NeuralNetwork

extension Softmax: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Softmax {
        try configuration.require("axis", .integer(-1))
        return Softmax()
    }

    var encoded: [JSONValue.Member] { [.init(key: "axis", value: .integer(-1))] }
}
