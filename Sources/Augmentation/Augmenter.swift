internal import CKernels
package import Memory

/// Changes samples of one column at random, each by the numbers that belong to it.
///
/// All geometric changes are one bilinear sampling of the source, in the order in which they were asked for; the changes
/// of values follow in theirs. Bytes are computed as floats and rounded once. A sample that is only mirrored and cropped
/// keeps its values exactly. Any number of threads may use one augmenter, each with its own scratch memory.
package struct Augmenter: Sendable {
    package let spec: AugmentationSpec
    let seed: UInt64

    /// The type of the values: `uint8` or `float32`.
    package let type: ScalarType

    /// The extents of a row before and after.
    package let inputShape: Shape
    package let outputShape: Shape

    /// What values can be: the unit of brightness and noise, and where contrast and brightness are clipped.
    package let valueRange: ClosedRange<Float>

    let height: Int
    let width: Int
    private let channels: Int
    let outputHeight: Int
    let outputWidth: Int

    var extent: Float { valueRange.upperBound - valueRange.lowerBound }

    /// Bytes of a row before and after.
    package var inputBytes: Int { inputShape.elementCount * type.byteCount }
    package var outputBytes: Int { outputShape.elementCount * type.byteCount }

    /// Prepares changes of rows of a shape: (height, width) or (height, width, channels) for images.
    ///
    /// `valueRange` is 0...255 for bytes and 0...1 for floats unless it is given. Rows of other shapes take noise only.
    /// Throws when an operation cannot be applied to such rows or needs more than one sample.
    package init(
        _ spec: AugmentationSpec, rowShape: Shape, type: ScalarType, valueRange: ClosedRange<Float>? = nil, seed: UInt64
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
        let isImage = (2...3).contains(rowShape.rank) && rowShape.dimensions.allSatisfy { (1...65_535).contains($0) }
        if !isImage, let geometric = spec.operations.first(where: { !$0.appliesToNumbers }) {
            throw AugmentationError(
                "\(geometric.name) needs images (height, width, channels) or (height, width), found rows of shape "
                    + "\(rowShape); only noise applies to such rows")
        }
        height = isImage ? rowShape[0] : 1
        width = isImage ? rowShape[1] : 1
        channels = rowShape.elementCount / (height * width)
        var (height, width) = (self.height, self.width)
        for case .crop(let cropHeight, let cropWidth) in spec.operations {
            guard cropHeight <= height, cropWidth <= width else {
                throw AugmentationError(
                    "crop=\(cropHeight)x\(cropWidth) is larger than the images of \(height) x \(width)")
            }
            (height, width) = (cropHeight, cropWidth)
        }
        self.spec = spec
        self.seed = seed
        self.type = type
        self.valueRange = valueRange ?? (type == .uint8 ? 0...255 : 0...1)
        inputShape = rowShape
        outputHeight = height
        outputWidth = width
        outputShape = isImage ? Shape([height, width] + rowShape.dimensions.dropFirst(2)) : rowShape
    }

    /// Changes one row. `epoch` counts passes over the data, `sample` is the row's number in its source.
    package func apply(
        _ row: UnsafeRawBufferPointer, epoch: Int, sample: Int, into output: UnsafeMutableRawBufferPointer,
        scratch: GrowableBytes
    ) {
        apply(draw(epoch: epoch, sample: sample), to: row, into: output, scratch: scratch)
    }

    /// Changes one row by given parameters.
    package func apply(
        _ drawn: DrawnAugmentation, to row: UnsafeRawBufferPointer, into output: UnsafeMutableRawBufferPointer,
        scratch: GrowableBytes
    ) {
        precondition(
            row.count == inputBytes && output.count == outputBytes,
            "Augmenter: \(row.count) and \(output.count) bytes, expected \(inputBytes) and \(outputBytes)")
        guard let input = row.baseAddress, let target = output.baseAddress else { return }
        let copy = drawn.map.copy(from: (height, width), to: (outputHeight, outputWidth))
        if drawn.values.isEmpty, let copy { return self.copy(input, copy, into: target) }
        let count = outputShape.elementCount
        scratch.truncate(to: 0)
        let room = scratch.extend(by: count * MemoryLayout<Float>.stride + outputBytes)
        guard let start = room.baseAddress else { return }
        let floats = start.assumingMemoryBound(to: Float.self)
        if let copy {
            let copied = start + count * MemoryLayout<Float>.stride
            self.copy(input, copy, into: copied)
            var address: UnsafeRawPointer? = UnsafeRawPointer(copied)
            let stored = type == .uint8 ? MILLRACE_U8 : MILLRACE_F32
            millrace_gather_f32(Int32(stored.rawValue), &address, 1, count, floats)
        } else {
            sample(input, drawn.map, into: floats)
        }
        for change in drawn.values { apply(change, to: floats) }
        if type == .uint8 {
            millrace_round_to_bytes(floats, target.assumingMemoryBound(to: UInt8.self), count)
        } else {
            output.copyMemory(from: UnsafeRawBufferPointer(start: start, count: outputBytes))
        }
    }

    // Pixels that only change their places.
    private func copy(
        _ input: UnsafeRawPointer, _ place: (top: Int, left: Int, down: Int, right: Int),
        into target: UnsafeMutableRawPointer
    ) {
        millrace_copy_pixels(
            input.assumingMemoryBound(to: UInt8.self), width, channels * type.byteCount, place.top, place.left,
            Int32(place.down), Int32(place.right), target.assumingMemoryBound(to: UInt8.self), outputHeight, outputWidth
        )
    }

    private func sample(_ input: UnsafeRawPointer, _ map: AffineMap, into floats: UnsafeMutablePointer<Float>) {
        var image = millrace_image(
            values: input, is_float: type == .float32 ? 1 : 0, height: height, width: width, channels: channels)
        let fill =
            switch spec.fill {
            case .constant: MILLRACE_FILL_CONSTANT
            case .nearest: MILLRACE_FILL_NEAREST
            case .reflect: MILLRACE_FILL_REFLECT
            case .wrap: MILLRACE_FILL_WRAP
            }
        withUnsafeBytes(of: map) { coefficients in
            millrace_sample_affine(
                &image, coefficients.baseAddress?.assumingMemoryBound(to: Double.self), Int32(fill.rawValue), 0, floats,
                outputHeight, outputWidth)
        }
    }

    private func apply(_ change: DrawnAugmentation.ValueChange, to floats: UnsafeMutablePointer<Float>) {
        let (lower, upper) = (valueRange.lowerBound, valueRange.upperBound)
        let pixels = outputHeight * outputWidth
        switch change {
        case .contrast(let factor): millrace_adjust_contrast(floats, pixels, channels, factor, lower, upper)
        case .brightness(let delta): millrace_adjust_brightness(floats, pixels * channels, delta, lower, upper)
        case .noise(let deviation, let key): millrace_add_normal(floats, pixels * channels, key, deviation)
        case .erase(let rows, let columns, let key):
            for row in rows {
                let start = floats + (row * outputWidth + columns.lowerBound) * channels
                let count = columns.count * channels
                start.update(repeating: 0, count: count)
                millrace_add_normal(start, count, key &+ UInt64(row) &* 0xd134_2543_de82_ef95, upper)
                millrace_adjust_brightness(start, count, 0, lower, upper)
            }
        }
    }
}
