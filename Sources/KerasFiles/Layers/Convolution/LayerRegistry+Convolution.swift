import NeuralNetwork

extension LayerRegistry {
    static var convolution: [any LayerCoding.Type] {
        [
            Conv1D.self, Conv1DTranspose.self, Conv2D.self, Conv2DTranspose.self, Conv3D.self, Conv3DTranspose.self,
            DepthwiseConv1D.self, DepthwiseConv2D.self, SeparableConv1D.self, SeparableConv2D.self,
        ]
    }
}
