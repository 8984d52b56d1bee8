/// What a user asks for: `flip=horizontal`, `shift=0.1`, `rotate=15`, …
package struct AugmentationSpec: Sendable, Hashable, CustomStringConvertible {
    /// One kind of change. Each is drawn for each sample.
    package enum Operation: Sendable, Hashable {
        /// Mirrored or not, with equal chance (Keras's RandomFlip).
        case flip(FlipMode)
        /// Moved by up to this fraction of the height and of the width (RandomTranslation).
        case shift(Double)
        /// Turned by up to so many degrees either way around the centre (RandomRotation).
        case rotate(Double)
        /// Scaled by 1 - f to 1 + f around the centre, both axes alike (RandomZoom).
        case zoom(Double)
        /// A random window of this height and width (RandomCrop).
        case crop(height: Int, width: Int)
        /// Differences from each channel's mean scaled by 1 - f to 1 + f (RandomContrast).
        case contrast(Double)
        /// Up to this fraction of the value range added or taken away (RandomBrightness).
        case brightness(Double)
        /// Normal noise whose deviation is this fraction of the value range (GaussianNoise).
        case noise(Double)
        /// With a chance drawn from 0 to f, a rectangle of noise (RandomErasing with its default scale and fill).
        case erase(Double)
        /// A weighted mean of two samples of a batch, the weight from Beta(a, a) (MixUp).
        case mixup(Double)
        /// A rectangle of another sample of a batch (CutMix).
        case cutmix(Double)
    }

    /// What is mirrored.
    package enum FlipMode: String, Sendable, Hashable, CaseIterable {
        case horizontal, vertical
        case both = "horizontal_and_vertical"
    }

    /// What lies outside of an image, as in Keras's `fill_mode`.
    package enum FillMode: String, Sendable, Hashable, CaseIterable {
        /// `(k k k k | a b c d | k k k k)` with k = 0.
        case constant
        /// `(a a a a | a b c d | d d d d)`
        case nearest
        /// `(d c b a | a b c d | d c b a)`, Keras's default.
        case reflect
        /// `(a b c d | a b c d | a b c d)`
        case wrap
    }

    /// In the order in which they were asked for.
    package var operations: [Operation]

    /// Of all geometric changes.
    package var fill: FillMode

    package init(_ operations: [Operation], fill: FillMode = .reflect) {
        self.operations = operations
        self.fill = fill
    }

    /// Reads words of the form `name=value`; several in one word are separated by commas. `fill=MODE` sets the fill mode.
    package init(parsing words: [String]) throws(AugmentationError) {
        self.init([])
        var seen: Set<String> = []
        for part in words.flatMap({ $0.split(separator: ",", omittingEmptySubsequences: false) }) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
            guard pair.count == 2 else {
                throw AugmentationError("augmentation \"\(part)\": expected name=value, for example flip=horizontal")
            }
            guard seen.insert(pair[0]).inserted else {
                throw AugmentationError("augmentation \"\(pair[0])\" is given twice")
            }
            if pair[0] == "fill" {
                guard let fill = FillMode(rawValue: pair[1]) else {
                    let modes = FillMode.allCases.map(\.rawValue).joined(separator: ", ")
                    throw AugmentationError("augmentation \"\(part)\": expected one of \(modes)")
                }
                self.fill = fill
            } else {
                operations.append(try Operation(name: pair[0], value: pair[1]))
            }
        }
    }

    /// The operations that change one sample by itself.
    package var perSample: AugmentationSpec {
        AugmentationSpec(operations.filter { !$0.mixesSamples }, fill: fill)
    }

    /// `flip=horizontal shift=0.1`, which reads back as the same.
    package var description: String {
        (operations.map(\.description) + (fill == .reflect ? [] : ["fill=\(fill.rawValue)"])).joined(separator: " ")
    }
}
