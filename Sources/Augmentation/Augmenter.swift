package import Memory

/// Changes samples of one column at random, each by the numbers that belong to it.
///
/// Geometric changes that follow each other are one sampling of the source. Bytes are computed as floats and rounded once.
/// A sample that is only mirrored and cropped keeps its values exactly. Any number of threads may use one augmenter, each
/// with its own scratch memory.
package struct Augmenter: Sendable {
    package let spec: AugmentationSpec
    let seed: UInt64

    /// Tells the random numbers apart of several augmenters of one sample.
    let firstStream: Int

    /// The type of the values: `uint8` or `float32`.
    package let type: ScalarType

    /// The extents of a row before and after.
    package let inputShape: Shape
    package let outputShape: Shape

    /// What values can be where the spec does not say it: the unit of brightness and noise, and where values are clipped.
    package let valueRange: ClosedRange<Float>

    // Images by their pixels; series have one pixel a step.
    let height: Int
    let width: Int
    let channels: Int

    /// Bytes of a row before and after.
    package var inputBytes: Int { inputShape.elementCount * type.byteCount }
    package var outputBytes: Int { outputShape.elementCount * type.byteCount }

    /// Prepares changes of rows of a shape: (height, width) or (height, width, channels) for images, (steps) or
    /// (steps, features) for series.
    ///
    /// `valueRange` is 0...255 for bytes and 0...1 for floats unless it is given.
    /// Throws when an operation cannot be applied to such rows, has parameters that cannot be, or takes more than one
    /// sample.
    package init(
        _ spec: AugmentationSpec, rowShape: Shape, type: ScalarType, valueRange: ClosedRange<Float>? = nil,
        seed: UInt64,
        firstStream: Int = 1
    ) throws(AugmentationError) {
        guard type == .uint8 || type == .float32 else {
            throw AugmentationError(
                "augmentation takes uint8 or float32, found \(type.rawValue); convert the column first")
        }
        if let mixing = spec.operations.first(where: \.mixesSamples) {
            throw AugmentationError(
                "\(mixing.name) mixes two samples of a training batch: it applies while training, not to rows by themselves"
            )
        }
        let view = try RowView(rowShape, for: spec)
        (height, width, channels) = (view.height, view.width, view.channels)
        self.spec = spec
        self.seed = seed
        self.type = type
        self.firstStream = firstStream
        self.valueRange = valueRange ?? (type == .uint8 ? 0...255 : 0...1)
        inputShape = rowShape
        outputShape = spec.outputShape(of: rowShape)
        policies = spec.stages.map { stage in
            guard case .randAugment(_, let factor) = stage.operation else { return nil }
            return RandomPolicy(factor: factor, stage)
        }
        border = Self.border(of: spec)
        largestCount = view.largestCount
        let image = Self.room(largestCount)
        let row = Self.room((view.largestWidth + border) * view.channels)
        scratchBytes = 2 * image + (border > 0 ? image + row + Self.room(2 * border) : 0)
    }

    /// Scratch memory of one thread.
    package let scratchBytes: Int

    /// What stages choose among; nil for those that do not choose.
    let policies: [RandomPolicy?]

    /// Values of the largest image on the way.
    let largestCount: Int

    /// The longer side of the largest window; 0 without any.
    let border: Int

    private static func border(of spec: AugmentationSpec) -> Int {
        spec.operations.reduce(0) { most, operation in
            switch operation {
            case .blur(_, _, let height, let width): max(most, max(height, width))
            case .sharpness, .randAugment: max(most, 3)
            default: most
            }
        }
    }

    /// Bytes of so many floats, in whole cache lines.
    static func room(_ count: Int) -> Int { (count * MemoryLayout<Float>.stride + 63) / 64 * 64 }
}

/// How the values of a row lie: as an image, as steps of a series, or as so many numbers.
struct RowView {
    var height = 1
    var width = 1
    var channels = 1
    /// Of all images on the way.
    private(set) var largestCount = 1
    private(set) var largestWidth = 1

    /// Refuses operations that such rows do not have.
    init(_ shape: Shape, for spec: AugmentationSpec) throws(AugmentationError) {
        let isSmall = shape.dimensions.allSatisfy { (1...65_535).contains($0) }
        let isImage = (2...3).contains(shape.rank) && isSmall
        for operation in spec.operations { if let problem = operation.problem { throw AugmentationError(problem) } }
        let series = spec.operations.first { $0.demand == .series }
        if let series {
            guard (1...2).contains(shape.rank), shape[0] > 0 else {
                throw AugmentationError(
                    "\(series.name) needs series (steps) or (steps, features), found rows of shape \(shape); shift moves "
                        + "images")
            }
        }
        let isPicture = isImage && series == nil
        if !isPicture, let other = spec.operations.first(where: { $0.demand == .images || $0.demand == .colors }) {
            let why = series.map { ", and \($0.name) says that the rows are series" } ?? ""
            throw AugmentationError(
                "\(other.name) needs images (height, width, channels) or (height, width), found rows of shape \(shape)\(why)"
                    + "; noise, scale, dropout and time-shift apply to rows of numbers and to series")
        }
        if isPicture {
            (height, width, channels) = (shape[0], shape[1], shape.rank == 3 ? shape[2] : 1)
        } else if shape.rank > 0 {
            (height, channels) = (shape[0], shape.elementCount / max(1, shape[0]))
        }
        let color = spec.operations.first { $0.demand == .colors }
        if let color, channels != 1, channels != 3 {
            throw AugmentationError(
                "\(color.name) needs images of 1 channel, which it leaves alone, or of red, green and blue; found "
                    + "\(channels) channels")
        }
        var (height, width) = (self.height, self.width)
        (largestCount, largestWidth) = (height * width * channels, width)
        for operation in spec.operations {
            switch operation {
            case .crop(let cropHeight, let cropWidth), .centerCrop(let cropHeight, let cropWidth):
                guard cropHeight <= height, cropWidth <= width else {
                    throw AugmentationError("\(operation) is larger than the images of \(height) x \(width)")
                }
                (height, width) = (cropHeight, cropWidth)
            case .place(_, _, let newHeight, let newWidth):
                (height, width) = (newHeight, newWidth)
                largestCount = max(largestCount, height * width * channels)
                largestWidth = max(largestWidth, width)
            case .erase(_, _, let fill?):
                guard fill.count == 1 || fill.count == channels else {
                    throw AugmentationError(
                        "erase fills with \(fill.count) values, expected 1 or one for each of the \(channels) channels")
                }
            default: continue
            }
        }
    }
}

extension AugmentationSpec.Operation {
    /// Why it cannot be done to anything, or nil: what words and files were already asked.
    var problem: String? {
        func outside(_ range: ClosedRange<Double>?, _ bounds: ClosedRange<Double>, _ what: String) -> String? {
            guard let range, !(bounds.contains(range.lowerBound) && bounds.contains(range.upperBound)) else {
                return nil
            }
            return "\(self): \(what) from \(range.lowerBound) to \(range.upperBound), expected numbers from "
                + "\(bounds.lowerBound) to \(bounds.upperBound)"
        }
        func number(_ value: Double, _ bounds: ClosedRange<Double>, _ what: String) -> String? {
            bounds.contains(value)
                ? nil : "\(self): \(what) \(value), expected a number from \(bounds.lowerBound) to \(bounds.upperBound)"
        }
        let fractions = -1.0...1.0
        switch self {
        case .shift(let vertical, let horizontal):
            return outside(vertical, fractions, "fractions") ?? outside(horizontal, fractions, "fractions")
        case .rotate(let degrees): return outside(degrees, -360...360, "degrees")
        case .zoom(let vertical, let horizontal):
            return outside(vertical, -0.999...1, "fractions") ?? outside(horizontal, -0.999...1, "fractions")
        case .shear(let x, let y, _): return outside(x, fractions, "fractions") ?? outside(y, fractions, "fractions")
        case .crop(let height, let width), .centerCrop(let height, let width):
            return min(height, width) > 0 ? nil : "\(self): expected a height and a width above 0"
        case .place(let top, let left, let height, let width):
            return min(top, left) >= 0 && max(height, width) <= 65_535 ? nil : "\(self): expected a place inside"
        case .contrast(let factor), .saturation(let factor), .scale(let factor):
            return outside(factor, 0...2, "factors")
        case .brightness(let delta): return outside(delta, fractions, "fractions")
        case .saturationOdds(let odds), .degenerate(let odds): return outside(odds, fractions, "factors")
        case .hue(let turn): return outside(turn, 0...0.5, "fractions of the circle")
        case .grayscale(let probability), .dropout(let probability): return number(probability, 0...1, "probability")
        case .noise(let deviation): return number(deviation, 0...1, "deviation")
        case .sharpness(let factor), .invert(let factor): return outside(factor, 0...1, "factors")
        case .posterize(let bits): return outside(Double(bits.lowerBound)...Double(bits.upperBound), 1...8, "bits")
        case .solarize(let addition, let threshold):
            return outside(addition, 0...1, "additions") ?? outside(threshold, 0...1, "thresholds")
        case .equalize(let bins): return (2...65_536).contains(bins) ? nil : "\(self): expected 2 to 65536 bins"
        case .erase(let chance, let scale, _):
            return outside(chance, 0...1, "chances") ?? outside(scale, 0...1, "scales")
        case .blur(let chance, let sigma, let height, let width):
            guard height % 2 == 1, width % 2 == 1, (1...1001).contains(height), (1...1001).contains(width) else {
                return "\(self): a window of \(height) x \(width), expected odd numbers from 1 to 1001"
            }
            return outside(chance, 0...1, "chances") ?? outside(sigma, 0...100, "deviations")
        case .timeShift(let fraction): return outside(fraction, fractions, "fractions")
        case .rescale(let factor, let offset):
            return factor.isFinite && offset.isFinite ? nil : "\(self): expected finite numbers"
        case .randAugment(let count, let factor):
            return (0...64).contains(count) ? outside(factor, 0...1, "factors") : "\(self): expected 0 to 64 changes"
        case .mixup(let alpha): return number(alpha, 0.000_001...1_000_000, "Beta parameter")
        case .cutmix(let alpha): return outside(alpha, 0...1_000_000, "Beta parameters")
        case .flip, .autoContrast: return nil
        }
    }
}
