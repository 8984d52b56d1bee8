import NeuralNetwork

extension LayerRegistry {
    static var core: [any LayerCoding.Type] {
        [Dense.self, EinsumDense.self, Embedding.self, Identity.self, Masking.self, Pipeline.self]
    }
}
