import NeuralNetwork

extension LayerRegistry {
    static var augmentation: [any LayerCoding.Type] {
        [
            AugMix.self, AutoContrast.self, CutMix.self, Equalization.self, MixUp.self, RandAugment.self,
            RandomBrightness.self, RandomColorDegeneration.self, RandomColorJitter.self, RandomContrast.self,
            RandomCrop.self, RandomElasticTransform.self, RandomErasing.self, RandomFlip.self, RandomGaussianBlur.self,
            RandomGrayscale.self, RandomHue.self, RandomInvert.self, RandomPerspective.self, RandomPosterization.self,
            RandomRotation.self, RandomSaturation.self, RandomSharpness.self, RandomShear.self, RandomTranslation.self,
            RandomZoom.self, Solarization.self,
        ]
    }
}
