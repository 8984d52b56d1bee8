import NeuralNetwork

extension LayerRegistry {
    static var core: [any LayerCoding.Type] { [Dense.self, Embedding.self] }
}
