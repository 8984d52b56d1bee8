import NeuralNetwork

extension LayerRegistry {
    static var pooling: [any LayerCoding.Type] {
        [
            AveragePooling1D.self, AveragePooling2D.self, AveragePooling3D.self, GlobalAveragePooling1D.self,
            GlobalAveragePooling2D.self, GlobalAveragePooling3D.self, GlobalMaxPooling1D.self, GlobalMaxPooling2D.self,
            GlobalMaxPooling3D.self, MaxPooling1D.self, MaxPooling2D.self, MaxPooling3D.self,
        ]
    }
}
