import NeuralNetwork

extension LayerRegistry {
    static var reshaping: [any LayerCoding.Type] {
        [
            Cropping1D.self, Cropping2D.self, Cropping3D.self, Flatten.self, Permute.self, RepeatVector.self,
            Reshape.self, Resizing.self, UpSampling1D.self, UpSampling2D.self, UpSampling3D.self, ZeroPadding1D.self,
            ZeroPadding2D.self, ZeroPadding3D.self,
        ]
    }
}
