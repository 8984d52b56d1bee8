import NeuralNetwork

extension LayerRegistry {
    static var activation: [any LayerCoding.Type] {
        [Activation.self, ELU.self, LeakyReLU.self, PReLU.self, ReLU.self, Softmax.self]
    }
}
