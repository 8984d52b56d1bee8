import NeuralNetwork

extension LayerRegistry {
    static var attention: [any LayerCoding.Type] {
        [Attention.self, AdditiveAttention.self, MultiHeadAttention.self, GroupQueryAttention.self]
    }
}
