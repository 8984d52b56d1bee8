import JSONText
import NeuralNetwork

extension Activation: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Activation {
        Activation(try configuration.activation())
    }

    var encoded: [JSONValue.Member] { [.init(key: "activation", value: function.encoded)] }
}
