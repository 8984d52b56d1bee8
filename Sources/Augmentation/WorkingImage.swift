internal import CKernels
internal import Memory

/// An image on its way through the steps: as it is stored, then as floats.
struct WorkingImage {
    let stored: UnsafeRawPointer
    let isFloat: Bool
    private(set) var height: Int
    private(set) var width: Int
    let channels: Int
    /// A worker's, and of it the two places of this image.
    let scratch: UnsafeMutableRawPointer
    private let places: UnsafeMutableRawPointer
    let layout: ScratchLayout
    /// Where values are written that no later step moves; nil for one of the places.
    private var destination: UnsafeMutablePointer<Float>?
    /// The values, once they are floats that may be written.
    private(set) var floats: UnsafeMutablePointer<Float>?
    private var isInFirst = false

    /// - Parameter places: two of this image; by default those at the start of `scratch`.
    init(
        stored: UnsafeRawPointer, isFloat: Bool, height: Int, width: Int, channels: Int,
        scratch: UnsafeMutableRawPointer, layout: ScratchLayout, places: UnsafeMutableRawPointer? = nil
    ) {
        (self.stored, self.isFloat) = (stored, isFloat)
        (self.scratch, self.places, self.layout) = (scratch, places ?? scratch, layout)
        (self.height, self.width, self.channels) = (height, width, channels)
    }

    var count: Int { height * width * channels }

    /// Takes the steps in turn.
    ///
    /// - Parameter target: where the values shall lie at the end, if they may; they are found in `floats`.
    mutating func run(_ steps: [DrawnAugmentation.Step], into target: UnsafeMutablePointer<Float>?) {
        // The last one that moves pixels writes where they belong; what follows works there.
        let lastMove = steps.lastIndex(where: \.movesPixels) ?? -1
        if lastMove < 0 { destination = target }
        for (index, step) in steps.enumerated() {
            if index == lastMove { destination = target }
            switch step {
            case .sample(let sampling): sample(sampling)
            case .warp(let warp): self.warp(warp)
            case .value(let value): change(value)
            case .blend(let blend): self.blend(blend)
            }
        }
        load()
    }

    /// The one of two places where the values do not lie. When they lie in the output, both are free, and either will do.
    var otherPlace: UnsafeMutablePointer<Float> {
        (places + (isInFirst ? layout.image : 0)).assumingMemoryBound(to: Float.self)
    }

    /// Room for the values that the next step writes: where they belong, or the other place.
    mutating func nextPlace() -> UnsafeMutablePointer<Float> {
        if let destination {
            self.destination = nil
            return destination
        }
        defer { isInFirst.toggle() }
        return otherPlace
    }

    /// Makes floats of what is stored.
    mutating func load() {
        guard floats == nil else { return }
        let target = nextPlace()
        var address: UnsafeRawPointer? = stored
        let kind = isFloat ? MILLRACE_F32 : MILLRACE_U8
        millrace_gather_f32(Int32(kind.rawValue), &address, 1, count, target)
        floats = target
    }

    /// Where a change of values one by one reads and writes: stored floats need not be copied before.
    mutating func readAndWritten() -> (UnsafePointer<Float>, UnsafeMutablePointer<Float>) {
        if floats == nil, isFloat {
            let target = nextPlace()
            floats = target
            return (stored.assumingMemoryBound(to: Float.self), target)
        }
        load()
        guard let floats else { preconditionFailure("Augmenter: values that were not loaded") }
        return (UnsafePointer(floats), floats)
    }

    /// The image for kernels that sample it.
    func image() -> millrace_image {
        millrace_image(
            values: floats.map { UnsafeRawPointer($0) } ?? stored, is_float: floats != nil || isFloat ? 1 : 0,
            height: height, width: width, channels: channels)
    }

    /// What a step that samples has written.
    mutating func replace(with values: UnsafeMutablePointer<Float>, height: Int, width: Int) {
        (floats, self.height, self.width) = (values, height, width)
    }

    private mutating func sample(_ sampling: DrawnAugmentation.Sampling) {
        let size = (sampling.height, sampling.width)
        let copy = sampling.map.copy(from: (height, width), to: size)
        if copy != nil, !isFloat { load() }
        var image = image()
        let target = nextPlace()
        if let copy {
            millrace_copy_pixels(
                image.values.assumingMemoryBound(to: UInt8.self), width, channels * 4, copy.top, copy.left,
                Int32(copy.down), Int32(copy.right),
                UnsafeMutableRawPointer(target).assumingMemoryBound(to: UInt8.self), size.0, size.1)
        } else {
            sampling.run(&image, into: target, rounds: false)
        }
        replace(with: target, height: size.0, width: size.1)
    }
}

extension DrawnAugmentation.Sampling {
    /// Samples an image; the values become floats, or bytes of up to `MILLRACE_ROUNDED_CHANNELS` channels.
    func run(_ image: inout millrace_image, into target: UnsafeMutableRawPointer, rounds: Bool) {
        var how = millrace_sampling(interpolation, fill, fillValue, rounds: rounds)
        withUnsafeBytes(of: map) { coefficients in
            millrace_sample_affine(
                &image, coefficients.baseAddress?.assumingMemoryBound(to: Double.self), &how, target, height, width)
        }
    }
}

extension millrace_sampling {
    init(
        _ interpolation: AugmentationSpec.Interpolation, _ fill: AugmentationSpec.FillMode, _ fillValue: Float,
        rounds: Bool
    ) {
        self.init(
            is_nearest: interpolation == .nearest ? 1 : 0, fill: fill.number, fill_value: fillValue,
            rounds: rounds ? 1 : 0)
    }
}

extension AugmentationSpec.FillMode {
    /// As kernels know it.
    var number: Int32 {
        let mode =
            switch self {
            case .constant: MILLRACE_FILL_CONSTANT
            case .nearest: MILLRACE_FILL_NEAREST
            case .reflect: MILLRACE_FILL_REFLECT
            case .wrap: MILLRACE_FILL_WRAP
            }
        return Int32(mode.rawValue)
    }
}
