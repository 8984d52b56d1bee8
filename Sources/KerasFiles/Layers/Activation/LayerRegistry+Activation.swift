import NeuralNetwork

extension LayerRegistry {
    static var activation: [any LayerCoding.Type] { [Activation.self, ReLU.self, Softmax.self] }
}
