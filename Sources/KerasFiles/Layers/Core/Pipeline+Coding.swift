import JSONText
import NeuralNetwork

extension Pipeline: LayerCoding {
    static var missing: Set<String> { ["dtype", "trainable"] }

    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Pipeline {
        let layers = try configuration.layers("layers")
        guard !layers.isEmpty else { throw configuration.error("layers is empty, expected at least one layer") }
        return Pipeline(layers)
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "layers", value: .array(layers.map { .object(LayerRegistry.encode($0)) }))]
    }
}
