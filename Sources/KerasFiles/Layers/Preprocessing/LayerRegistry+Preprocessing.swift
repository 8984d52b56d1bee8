import NeuralNetwork

extension LayerRegistry {
    static var preprocessing: [any LayerCoding.Type] { [Normalization.self, Rescaling.self] }
}
