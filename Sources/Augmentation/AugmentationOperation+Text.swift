extension AugmentationSpec.Operation: CustomStringConvertible {
    /// The name before the equals sign.
    package var name: String { String(description.prefix { $0 != "=" && $0 != "(" }) }

    /// Whether it takes more than one sample, and so belongs to batches.
    package var mixesSamples: Bool {
        switch self {
        case .mixup, .cutmix: true
        default: false
        }
    }

    /// What rows it can change.
    enum Demand {
        case anyRows
        case series
        case images
        /// Images of one channel, which have no colour to change, or of red, green and blue.
        case colors
    }

    var demand: Demand {
        switch self {
        case .noise, .scale, .dropout, .rescale, .mixup: .anyRows
        case .timeShift: .series
        case .saturation, .saturationOdds, .hue, .grayscale, .degenerate, .randAugment, .augMix: .colors
        default: .images
        }
    }

    /// `shift=0.1`, which reads back where words can say it; otherwise all numbers in parentheses.
    public var description: String {
        switch self {
        case .flip(let mode): "flip=\(mode.rawValue)"
        case .shift(let vertical, let horizontal):
            vertical == horizontal ? "shift=\(text(vertical))" : "shift(\(text(vertical)), \(text(horizontal)))"
        case .rotate(let degrees): "rotate=\(text(degrees))"
        case .zoom(let vertical, let horizontal):
            horizontal.map { "zoom(\(text(vertical)), \(text($0)))" } ?? "zoom=\(text(vertical))"
        case .shear(let x, let y, let isCentered):
            x == y && isCentered ? "shear=\(text(x))" : "shear(\(text(x)), \(text(y)), \(isCentered))"
        case .crop(let height, let width): "crop=\(height)x\(width)"
        case .centerCrop(let height, let width): "center-crop=\(height)x\(width)"
        case .place(let top, let left, let height, let width): "place(\(top), \(left), \(height), \(width))"
        case .contrast(let factor): "contrast=\(aroundOne(factor))"
        case .brightness(let delta): "brightness=\(text(delta))"
        case .saturation(let factor): "saturation=\(aroundOne(factor))"
        case .saturationOdds(let odds): "saturation(\(text(odds)))"
        case .hue(let turn): turn.lowerBound == 0 ? "hue=\(turn.upperBound)" : "hue(\(text(turn)))"
        case .grayscale(let probability): "grayscale=\(probability)"
        case .degenerate(let factor): "degenerate=\(text(factor))"
        case .sharpness(let factor): "sharpness=\(aroundOne(2 * factor.lowerBound...2 * factor.upperBound))"
        case .posterize(let bits):
            bits.count == 1 ? "posterize=\(bits.lowerBound)" : "posterize=\(bits.lowerBound):\(bits.upperBound)"
        case .solarize(let addition, let threshold):
            self == .solarize(threshold.upperBound)
                ? "solarize=\(threshold.upperBound)" : "solarize(\(text(addition)), \(text(threshold)))"
        case .autoContrast: "autocontrast"
        case .equalize(let bins): bins == 256 ? "equalize" : "equalize(\(bins))"
        case .invert(let chance):
            self == .invert(chance.upperBound) ? "invert=\(chance.upperBound)" : "invert(\(text(chance)))"
        case .noise(let deviation): "noise=\(deviation)"
        case .erase(let chance, let scale, let fill):
            self == .erase(chance.upperBound)
                ? "erase=\(chance.upperBound)"
                : "erase(\(text(chance)), \(text(scale)), \(fill.map { "\($0)" } ?? "noise"))"
        case .blur(let chance, let sigma, let height, let width):
            self == .blur(sigma.upperBound)
                ? "blur=\(sigma.upperBound)" : "blur(\(text(chance)), \(text(sigma)), \(height), \(width))"
        case .scale(let factor): "scale=\(aroundOne(factor))"
        case .dropout(let probability): "dropout=\(probability)"
        case .timeShift(let fraction): "time-shift=\(text(fraction))"
        case .rescale(let factor, let offset): "rescale(\(factor), \(offset))"
        case .randAugment(let count, let factor):
            factor.lowerBound == 0
                ? "randaugment=\(count):\(factor.upperBound)" : "randaugment(\(count), \(text(factor)))"
        case .perspective(let chance, let scale):
            self == .perspective(scale) ? "perspective=\(scale)" : "perspective(\(text(chance)), \(scale))"
        case .elastic(let chance, let scale):
            self == .elastic(scale.upperBound)
                ? "elastic=\(scale.upperBound)" : "elastic(\(text(chance)), \(text(scale)))"
        case .augMix(let chains, let depth, let factor, let alpha, let isWhole):
            self == .augMix(factor.upperBound)
                ? "augmix=\(factor.upperBound)"
                : "augmix(\(chains), \(depth), \(text(factor)), \(alpha), \(isWhole ? "all" : "paper"))"
        case .mixup(let alpha): "mixup=\(alpha)"
        case .cutmix(let alpha):
            alpha.lowerBound == alpha.upperBound ? "cutmix=\(alpha.upperBound)" : "cutmix(\(text(alpha)))"
        }
    }

    // One number f where the range is -f to f.
    private func text(_ range: ClosedRange<Double>) -> String {
        range.lowerBound == -range.upperBound ? "\(range.upperBound)" : "\(range.lowerBound):\(range.upperBound)"
    }

    // 1 - f to 1 + f as f. What was read as f comes back so, although 1 + f was rounded.
    private func aroundOne(_ range: ClosedRange<Double>) -> String {
        func shortest(_ value: Double) -> Double {
            let rounded = (value * 1e12).rounded() / 1e12
            return 1 + rounded == 1 + value ? rounded : value
        }
        let (lower, upper) = (shortest(range.lowerBound - 1), shortest(range.upperBound - 1))
        return lower == -upper ? "\(upper)" : "\(lower):\(upper)"
    }
}
