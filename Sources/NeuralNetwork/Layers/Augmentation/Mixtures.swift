import Augmentation

/// Weighted means of two images of a batch. As in Keras, a layer of a model mixes images and leaves targets alone: mix
/// both with `source.augmented(by: [.mixup()])`. In inference `x`.
public final class MixUp: AugmentationLayer {
    public let alpha: Double

    public init(_ alpha: Double = 0.2, seed: Int? = nil, name: String = "") {
        self.alpha = alpha
        super.init([.init(.mixup(alpha: alpha))], seed: seed, name: name)
    }
}

/// Rectangles of other images of a batch. As in Keras, a layer of a model leaves targets alone: mix both with
/// `source.augmented(by: [.cutmix()])`. In inference `x`.
public final class CutMix: AugmentationLayer {
    public let factor: ClosedRange<Double>

    public init(_ factor: ClosedRange<Double> = 0...1, seed: Int? = nil, name: String = "") {
        self.factor = factor
        super.init([.init(.cutmix(alpha: factor))], seed: seed, name: name)
    }
}
