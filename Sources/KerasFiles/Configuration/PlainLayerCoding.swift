import JSONText
import NeuralNetwork

/// A layer without settings of its own.
protocol PlainLayerCoding: LayerCoding {
    init(name: String)
}

extension PlainLayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Self { Self(name: "") }

    var encoded: [JSONValue.Member] { [] }
}
