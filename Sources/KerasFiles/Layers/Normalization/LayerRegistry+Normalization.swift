import NeuralNetwork

extension LayerRegistry {
    static var normalization: [any LayerCoding.Type] {
        [
            BatchNormalization.self, GroupNormalization.self, LayerNormalization.self, RMSNormalization.self,
            UnitNormalization.self,
        ]
    }
}
