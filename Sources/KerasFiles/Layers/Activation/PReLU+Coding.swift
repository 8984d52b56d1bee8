import JSONText
import NeuralNetwork

extension PReLU: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> PReLU {
        let layer = PReLU(sharedAxes: try configuration.integerOrList("shared_axes") ?? [])
        layer.alpha = try configuration.weight("alpha", default: layer.alpha)
        return layer
    }

    var encoded: [JSONValue.Member] {
        alpha.encoded("alpha") + [.init(key: "shared_axes", value: sharedAxes.isEmpty ? .null : .integers(sharedAxes))]
    }
}
