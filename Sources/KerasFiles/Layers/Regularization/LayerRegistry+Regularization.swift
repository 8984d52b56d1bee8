import NeuralNetwork

extension LayerRegistry {
    static var regularization: [any LayerCoding.Type] { [Dropout.self] }
}
