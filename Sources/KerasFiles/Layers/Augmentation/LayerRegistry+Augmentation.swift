import NeuralNetwork

extension LayerRegistry {
    static var augmentation: [any LayerCoding.Type] {
        [
            CutMix.self, MixUp.self, RandAugment.self, RandomBrightness.self, RandomContrast.self, RandomCrop.self,
            RandomErasing.self, RandomFlip.self, RandomGaussianBlur.self, RandomGrayscale.self, RandomHue.self,
            RandomRotation.self, RandomSaturation.self, RandomShear.self, RandomTranslation.self, RandomZoom.self,
        ]
    }
}
