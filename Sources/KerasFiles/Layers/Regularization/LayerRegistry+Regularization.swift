import NeuralNetwork

extension LayerRegistry {
    static var regularization: [any LayerCoding.Type] {
        [
            AlphaDropout.self, Dropout.self, GaussianDropout.self, GaussianNoise.self, SpatialDropout1D.self,
            SpatialDropout2D.self, SpatialDropout3D.self,
        ]
    }
}
