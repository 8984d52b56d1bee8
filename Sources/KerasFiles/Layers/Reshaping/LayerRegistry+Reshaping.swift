import NeuralNetwork

extension LayerRegistry {
    static var reshaping: [any LayerCoding.Type] { [Flatten.self, Reshape.self] }
}
