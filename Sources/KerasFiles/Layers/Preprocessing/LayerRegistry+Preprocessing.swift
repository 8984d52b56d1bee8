import NeuralNetwork

extension LayerRegistry {
    static var preprocessing: [any LayerCoding.Type] {
        [CategoryEncoding.self, CenterCrop.self, Discretization.self, Normalization.self, Rescaling.self]
    }
}
