import JSONText
import NeuralNetwork

extension Embedding: LayerCoding {
    static func decode(_ configuration: LayerConfiguration) throws(ConfigurationError) -> Embedding {
        try configuration.requireAbsent("lora_rank", "quantization_config")
        let layer = Embedding(
            try configuration.positive("input_dim"), try configuration.positive("output_dim"),
            maskZero: try configuration.bool("mask_zero", default: false))
        layer.embeddings = try configuration.weight("embeddings", default: layer.embeddings)
        return layer
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "input_dim", value: .integer(inputDim)), .init(key: "output_dim", value: .integer(outputDim))]
            + embeddings.encoded("embeddings") + [.init(key: "mask_zero", value: .bool(maskZero))]
    }
}
