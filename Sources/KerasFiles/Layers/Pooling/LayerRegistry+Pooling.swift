import NeuralNetwork

extension LayerRegistry {
    static var pooling: [any LayerCoding.Type] { [MaxPooling2D.self] }
}
