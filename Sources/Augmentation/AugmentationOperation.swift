extension AugmentationSpec {
    /// One kind of change. Each is drawn for each sample; numbers of a range are equally likely.
    public enum Operation: Sendable, Hashable {
        /// Mirrored or not, with equal chance, both axes together (Keras's RandomFlip).
        case flip(FlipMode)
        /// Moved down and to the right by fractions of the height and of the width (RandomTranslation).
        case shift(vertical: ClosedRange<Double>, horizontal: ClosedRange<Double>)
        /// Turned counter-clockwise around the centre (RandomRotation).
        case rotate(degrees: ClosedRange<Double>)
        /// The source's coordinates are scaled by 1 + a number around the centre: above 0 the image gets smaller. Without
        /// `horizontal` both axes are scaled alike (RandomZoom).
        case zoom(vertical: ClosedRange<Double>, horizontal: ClosedRange<Double>?)
        /// Pixels of the source lie to the right by x times the row, and below by y times the column (RandomShear, which
        /// keeps the first pixel where it is; `isCentered` keeps the centre). Both get one random sign.
        case shear(x: ClosedRange<Double>, y: ClosedRange<Double>, isCentered: Bool)
        /// A random window (RandomCrop); the centre one where nothing is augmented.
        case crop(height: Int, width: Int)
        /// The window in the middle (CenterCrop).
        case centerCrop(height: Int, width: Int)
        /// Put at a place of a larger image, which is filled elsewhere as the stage says; no random change.
        case place(top: Int, left: Int, height: Int, width: Int)
        /// Differences from each channel's mean are scaled (RandomContrast).
        case contrast(factor: ClosedRange<Double>)
        /// Fractions of the value range are added (RandomBrightness).
        case brightness(delta: ClosedRange<Double>)
        /// Saturations of red, green and blue are scaled, to at most 1.
        case saturation(factor: ClosedRange<Double>)
        /// Saturations are scaled by u / (1 - u), to at most the end of the value range (RandomSaturation).
        case saturationOdds(ClosedRange<Double>)
        /// Hues are moved either way by fractions of their circle (RandomHue has half of its factor here).
        case hue(turn: ClosedRange<Double>)
        /// Red, green and blue become their grey with this probability (RandomGrayscale).
        case grayscale(probability: Double)
        /// Mixed with its grey: 0 changes nothing, 1 leaves grey (RandomColorDegeneration).
        case degenerate(factor: ClosedRange<Double>)
        /// Mixed with a smoothed image: 0.5 changes nothing, less is smoother, more is sharper (RandomSharpness).
        case sharpness(factor: ClosedRange<Double>)
        /// Only so many leading bits of 8 are kept (RandomPosterization, whose upper end is not drawn).
        case posterize(bits: ClosedRange<Int>)
        /// A number is added, then values from a threshold on are inverted; both in 255ths of the value range
        /// (Solarization).
        case solarize(addition: ClosedRange<Double>, threshold: ClosedRange<Double>)
        /// Each channel is stretched to the value range (AutoContrast).
        case autoContrast
        /// The histogram of each channel is made even (Equalization).
        case equalize(bins: Int)
        /// Values are subtracted from the range's upper end, with a chance that is drawn, too (RandomInvert).
        case invert(chance: ClosedRange<Double>)
        /// Normal noise whose deviation is a fraction of the value range (GaussianNoise).
        case noise(deviation: Double)
        /// With a chance that is drawn, too, a rectangle is replaced; its sides are square roots of numbers of `scale`.
        /// Without `fill` by normal noise (RandomErasing).
        case erase(chance: ClosedRange<Double>, scale: ClosedRange<Double>, fill: [Double]?)
        /// With a chance that is drawn, too, blurred by a Gaussian of so many pixels (RandomGaussianBlur).
        case blur(chance: ClosedRange<Double>, sigma: ClosedRange<Double>, height: Int, width: Int)
        /// All values are multiplied by one number.
        case scale(factor: ClosedRange<Double>)
        /// Each value becomes 0 with this probability.
        case dropout(Double)
        /// A series is moved along its first axis, by whole steps of up to these fractions of its length.
        case timeShift(ClosedRange<Double>)
        /// `value × factor + offset`: no random change, but one that others may need before them (Rescaling).
        case rescale(Double, offset: Double)
        /// So many of Keras's eleven changes, with their strength from a range (RandAugment).
        case randAugment(count: Int, factor: ClosedRange<Double>)
        /// With a chance that is drawn, too, seen from another side: the corners but the first move by up to half of `scale`
        /// of their distance to the top and to the left edge (RandomPerspective).
        case perspective(chance: ClosedRange<Double>, scale: Double)
        /// With a chance that is drawn, too, each pixel is moved by smooth random distances: of a deviation of up to
        /// `scale` twentieths of the shorter side, times `scale` tenths of the longer one (RandomElasticTransform). Values
        /// are clipped.
        case elastic(chance: ClosedRange<Double>, scale: ClosedRange<Double>)
        /// A random mean of the image and of `chains` others, to each of which up to `depth` changes were made, with their
        /// strength from `factor`; the weights from Dirichlet(a, …) and Beta(a, a). With `isWhole` eleven changes, without
        /// it the seven that the paper has (AugMix).
        case augMix(chains: Int, depth: Int, factor: ClosedRange<Double>, alpha: Double, isWhole: Bool)
        /// A weighted mean of two samples of a batch and of their targets, the weight from Beta(a, a) (MixUp).
        case mixup(alpha: Double)
        /// A rectangle of another sample of a batch, and its share of the targets; Beta(a, a) of a drawn a (CutMix).
        case cutmix(alpha: ClosedRange<Double>)
    }

    /// What is mirrored.
    public enum FlipMode: String, Sendable, Hashable, CaseIterable {
        case horizontal, vertical
        case both = "horizontal_and_vertical"
    }

    /// What lies outside of an image, as in Keras's `fill_mode`.
    public enum FillMode: String, Sendable, Hashable, CaseIterable {
        /// `(k k k k | a b c d | k k k k)`
        case constant
        /// `(a a a a | a b c d | d d d d)`
        case nearest
        /// `(d c b a | a b c d | d c b a)`, Keras's default.
        case reflect
        /// `(a b c d | a b c d | a b c d)`
        case wrap
    }

    /// How values between pixels are found.
    public enum Interpolation: String, Sendable, Hashable, CaseIterable {
        case nearest, bilinear
    }
}

/// The forms that are used most.
extension AugmentationSpec.Operation {
    // Keras takes the magnitude of a single number, too.
    private static func around(_ middle: Double, _ number: Double) -> ClosedRange<Double> {
        precondition(number.isFinite, "AugmentationSpec.Operation: \(number), expected a finite number")
        return middle - number.magnitude...middle + number.magnitude
    }

    private static func upTo(_ number: Double) -> ClosedRange<Double> {
        precondition(number.isFinite, "AugmentationSpec.Operation: \(number), expected a finite number")
        return 0...number.magnitude
    }

    /// By up to this fraction of the height and of the width, either way.
    public static func shift(_ fraction: Double) -> Self {
        .shift(vertical: around(0, fraction), horizontal: around(0, fraction))
    }

    /// By up to so many degrees either way.
    public static func rotate(_ degrees: Double) -> Self { .rotate(degrees: around(0, degrees)) }

    /// Both axes alike, by 1 - f to 1 + f.
    public static func zoom(_ fraction: Double) -> Self { .zoom(vertical: around(0, fraction), horizontal: nil) }

    /// By up to this fraction along both axes, around the centre.
    public static func shear(_ fraction: Double) -> Self {
        .shear(x: around(0, fraction), y: around(0, fraction), isCentered: true)
    }

    /// By 1 - f to 1 + f.
    public static func contrast(_ fraction: Double) -> Self { .contrast(factor: around(1, fraction)) }

    /// By up to this fraction of the value range, either way.
    public static func brightness(_ fraction: Double) -> Self { .brightness(delta: around(0, fraction)) }

    /// By 1 - f to 1 + f.
    public static func saturation(_ fraction: Double) -> Self { .saturation(factor: around(1, fraction)) }

    /// By up to this fraction of the circle, either way.
    public static func hue(_ fraction: Double) -> Self { .hue(turn: upTo(fraction)) }

    /// Normal noise whose deviation is this fraction of the value range.
    public static func noise(_ deviation: Double) -> Self { .noise(deviation: deviation) }

    /// With a chance drawn from 0 to f a rectangle of noise, as Keras's `RandomErasing(f)`.
    public static func erase(_ chance: Double) -> Self { .erase(chance: upTo(chance), scale: 0.02...0.33, fill: nil) }

    /// By a Gaussian of up to so many pixels; the window holds three deviations.
    public static func blur(_ sigma: Double) -> Self {
        let side = 2 * max(1, Int((3 * min(sigma, 1000)).rounded(.up))) + 1
        return .blur(chance: 1...1, sigma: upTo(sigma), height: side, width: side)
    }

    /// All values by one number of 1 - f to 1 + f.
    public static func scale(_ fraction: Double) -> Self { .scale(factor: around(1, fraction)) }

    /// A series by up to this fraction of its steps, either way.
    public static func timeShift(_ fraction: Double) -> Self { .timeShift(around(0, fraction)) }

    /// So many of eleven changes, with their strength from 0 to `factor`.
    public static func randAugment(_ count: Int = 2, factor: Double = 0.5) -> Self {
        .randAugment(count: count, factor: upTo(factor))
    }

    /// Sharpened or smoothed: 1 - f to 1 + f times as sharp.
    public static func sharpness(_ fraction: Double) -> Self {
        .sharpness(factor: 0.5 - fraction.magnitude / 2...0.5 + fraction.magnitude / 2)
    }

    /// Mixed with its grey, or made more colourful, by up to this fraction.
    public static func degenerate(_ fraction: Double) -> Self { .degenerate(factor: around(0, fraction)) }

    /// So many leading bits of 8.
    public static func posterize(_ bits: Int) -> Self { .posterize(bits: bits...bits) }

    /// Inverted from a threshold of up to this fraction of the value range on, as Keras's `Solarization(0, f)`.
    public static func solarize(_ threshold: Double) -> Self { .solarize(addition: 0...0, threshold: upTo(threshold)) }

    /// Values are subtracted from the range's upper end, with this probability.
    public static func invert(_ probability: Double) -> Self { .invert(chance: probability...probability) }

    /// The corners move by up to half of this fraction.
    public static func perspective(_ scale: Double) -> Self { .perspective(chance: 1...1, scale: scale) }

    /// Pixels move by smooth random distances; 1 is as far as Keras's layer goes.
    public static func elastic(_ scale: Double) -> Self { .elastic(chance: 1...1, scale: upTo(scale)) }

    /// Three chains of up to three changes, with their strength from 0 to `factor`.
    public static func augMix(_ factor: Double = 0.3) -> Self {
        .augMix(chains: 3, depth: 3, factor: upTo(factor), alpha: 1, isWhole: true)
    }

    /// The weight of a pair from Beta(a, a).
    public static func mixup(_ alpha: Double = 0.2) -> Self { .mixup(alpha: alpha) }

    /// The share of the rectangle from Beta(a, a).
    public static func cutmix(_ alpha: Double = 1) -> Self { .cutmix(alpha: alpha...alpha) }
}
