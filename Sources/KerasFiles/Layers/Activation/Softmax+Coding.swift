import JSONText
import NeuralNetwork

extension Softmax: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Softmax {
        Softmax(axis: try configuration.integerOrList("axis") ?? [-1])
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "axis", value: axis.count == 1 ? .integer(axis[0]) : .integers(axis))]
    }
}
