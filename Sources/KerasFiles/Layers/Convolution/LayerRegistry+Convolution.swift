import NeuralNetwork

extension LayerRegistry {
    static var convolution: [any LayerCoding.Type] { [Conv2D.self] }
}
