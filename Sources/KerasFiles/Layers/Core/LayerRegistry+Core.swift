import NeuralNetwork

extension LayerRegistry {
    static var core: [any LayerCoding.Type] { [Dense.self, EinsumDense.self, Identity.self, Masking.self] }
}
