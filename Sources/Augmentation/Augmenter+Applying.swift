internal import CKernels
package import Memory

extension Augmenter {
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
        if copies(drawn, from: input, into: target) { return }
        scratch.truncate(to: 0)
        // Room for the alignment of its start.
        guard let start = scratch.extend(by: scratchBytes + 64).baseAddress else { return }
        let aligned = start + (64 - Int(bitPattern: start) % 64) % 64
        var image = WorkingImage(
            stored: input, isFloat: type == .float32, height: height, width: width, channels: channels,
            scratch: aligned, capacity: Self.room(largestCount),
            weights: (aligned + scratchBytes - Self.room(2 * border)).assumingMemoryBound(to: Float.self))
        let floats = type == .float32 ? target.assumingMemoryBound(to: Float.self) : nil
        // The last one that moves pixels writes where they belong; what follows works there.
        let lastMove = drawn.steps.lastIndex { if case .sample = $0 { true } else { false } } ?? -1
        if lastMove < 0 { image.load(into: floats) }
        for (index, step) in drawn.steps.enumerated() {
            switch step {
            case .sample(let sampling): image.sample(sampling, into: index == lastMove ? floats : nil)
            case .value(let change): image.change(change)
            }
        }
        image.store(into: target)
    }

    // Pixels that only change their places, if at all, keep their type.
    private func copies(
        _ drawn: DrawnAugmentation, from input: UnsafeRawPointer, into target: UnsafeMutableRawPointer
    ) -> Bool {
        guard drawn.steps.count <= 1 else { return false }
        let pixel = channels * type.byteCount
        guard let step = drawn.steps.first else {
            target.copyMemory(from: input, byteCount: inputBytes)
            return true
        }
        guard case .sample(let sampling) = step,
            let copy = sampling.map.copy(from: (height, width), to: (sampling.height, sampling.width))
        else { return false }
        millrace_copy_pixels(
            input.assumingMemoryBound(to: UInt8.self), width, pixel, copy.top, copy.left, Int32(copy.down),
            Int32(copy.right), target.assumingMemoryBound(to: UInt8.self), sampling.height, sampling.width)
        return true
    }
}

/// An image on its way through the steps: as it is stored, then as floats.
private struct WorkingImage {
    private let stored: UnsafeRawPointer
    private let isFloat: Bool
    private var height: Int
    private var width: Int
    private let channels: Int
    private let scratch: UnsafeMutableRawPointer
    private let capacity: Int
    /// Room for the weights of two windows.
    private let weights: UnsafeMutablePointer<Float>
    /// The values, once they are floats that may be written.
    private var floats: UnsafeMutablePointer<Float>?
    private var isInFirst = false

    init(
        stored: UnsafeRawPointer, isFloat: Bool, height: Int, width: Int, channels: Int,
        scratch: UnsafeMutableRawPointer, capacity: Int, weights: UnsafeMutablePointer<Float>
    ) {
        self.weights = weights
        (self.stored, self.isFloat, self.scratch, self.capacity) = (stored, isFloat, scratch, capacity)
        (self.height, self.width, self.channels) = (height, width, channels)
    }

    private var count: Int { height * width * channels }

    /// The one of two places where the values do not lie.
    private mutating func otherPlace() -> UnsafeMutablePointer<Float> {
        isInFirst.toggle()
        return (isInFirst ? scratch : scratch + capacity).assumingMemoryBound(to: Float.self)
    }

    /// Makes floats of what is stored.
    mutating func load(into place: UnsafeMutablePointer<Float>? = nil) {
        guard floats == nil else { return }
        let target = place ?? otherPlace()
        var address: UnsafeRawPointer? = stored
        let kind = isFloat ? MILLRACE_F32 : MILLRACE_U8
        millrace_gather_f32(Int32(kind.rawValue), &address, 1, count, target)
        floats = target
    }

    mutating func sample(_ sampling: DrawnAugmentation.Sampling, into place: UnsafeMutablePointer<Float>?) {
        let size = (sampling.height, sampling.width)
        let copy = sampling.map.copy(from: (height, width), to: size)
        if copy != nil { load() }
        let target = place ?? otherPlace()
        let source: UnsafeRawPointer = floats.map { UnsafeRawPointer($0) } ?? stored
        let isFloat = floats != nil || isFloat
        if let copy {
            millrace_copy_pixels(
                source.assumingMemoryBound(to: UInt8.self), width, channels * 4, copy.top, copy.left, Int32(copy.down),
                Int32(copy.right), UnsafeMutableRawPointer(target).assumingMemoryBound(to: UInt8.self), size.0, size.1)
        } else {
            var image = millrace_image(
                values: source, is_float: isFloat ? 1 : 0, height: height, width: width, channels: channels)
            withUnsafeBytes(of: sampling.map) { coefficients in
                let map = coefficients.baseAddress?.assumingMemoryBound(to: Double.self)
                if sampling.interpolation == .nearest {
                    millrace_sample_nearest(
                        &image, map, sampling.fill.number, sampling.fillValue, target, size.0, size.1)
                } else {
                    millrace_sample_affine(
                        &image, map, sampling.fill.number, sampling.fillValue, target, size.0, size.1)
                }
            }
        }
        (height, width) = size
        floats = target
    }

    /// The values in the type that they were stored in.
    mutating func store(into target: UnsafeMutableRawPointer) {
        load()
        guard let floats else { return }
        if isFloat {
            if UnsafeMutableRawPointer(floats) != target { target.copyMemory(from: floats, byteCount: count * 4) }
        } else {
            millrace_round_to_bytes(floats, target.assumingMemoryBound(to: UInt8.self), count)
        }
    }

    mutating func change(_ change: DrawnAugmentation.ValueChange) {
        load()
        guard let values = floats else { return }
        let pixels = height * width
        switch change {
        case .contrast(let factor, let range):
            millrace_adjust_contrast(values, pixels, channels, factor, range.lowerBound, range.upperBound)
        case .brightness(let delta, let range):
            millrace_adjust_brightness(values, count, delta, range.lowerBound, range.upperBound)
        case .saturation(let factor, let limits, let black):
            millrace_adjust_saturation(values, pixels, factor, black, limits.lowerBound, limits.upperBound)
        case .hue(let turn, let range): millrace_adjust_hue(values, pixels, turn, range.lowerBound, range.upperBound)
        case .gray(let factor, let range):
            millrace_mix_gray(
                values, pixels, factor, range?.lowerBound ?? -.infinity, range?.upperBound ?? .infinity)
        case .posterize(let bits, let range):
            millrace_posterize(values, count, Int32(bits), range.lowerBound, range.upperBound)
        case .solarize(let addition, let threshold, let range):
            millrace_solarize(values, count, addition, threshold, range.lowerBound, range.upperBound)
        case .autoContrast(let range):
            millrace_stretch(values, pixels, channels, range.lowerBound, range.upperBound)
        case .equalize(let bins, let range): equalize(bins, range)
        case .affine(let factor, let offset): millrace_scale_values(values, count, factor, offset)
        case .noise(let deviation, let key): millrace_add_normal(values, count, key, deviation)
        case .dropout(let probability, let key): millrace_drop_values(values, count, key, probability)
        case .erase(let rows, let columns, let key, let range):
            for row in rows {
                let start = values + (row * width + columns.lowerBound) * channels
                let count = columns.count * channels
                start.update(repeating: 0, count: count)
                millrace_add_normal(start, count, key &+ UInt64(row) &* 0xd134_2543_de82_ef95, range.upperBound)
                millrace_adjust_brightness(start, count, 0, range.lowerBound, range.upperBound)
            }
        case .fill(let rows, let columns, let fill):
            for row in rows {
                let start = values + (row * width + columns.lowerBound) * channels
                for index in 0..<columns.count * channels { start[index] = fill[index % channels % fill.count] }
            }
        case .smooth(let amount, let range):
            weights.update(repeating: 1, count: 6)
            withWindow(3, 3, .constant) { boxes in
                millrace_mix_smooth(values, boxes, count, amount, range.lowerBound, range.upperBound)
            }
        case .blur(let vertical, let horizontal, let height, let width, let outside):
            Self.gaussian(height, vertical, into: weights)
            Self.gaussian(width, horizontal, into: weights + height)
            withWindow(height, width, outside) { blurred in
                values.update(from: blurred, count: count)
            }
        case .clip(let range): millrace_adjust_brightness(values, count, 0, range.lowerBound, range.upperBound)
        }
    }

    // Sums over a window around each pixel, whose weights are there: those of its rows, then those of its columns.
    private func withWindow(
        _ rows: Int, _ columns: Int, _ outside: AugmentationSpec.FillMode,
        _ body: (UnsafeMutablePointer<Float>) -> Void
    ) {
        guard let values = floats else { return }
        let place = scratch + (isInFirst ? capacity : 0)
        // When the values lie in the output, both places are free, and either will do.
        let result = place.assumingMemoryBound(to: Float.self)
        let between = (scratch + 2 * capacity).assumingMemoryBound(to: Float.self)
        millrace_window_sums(
            values, height, width, channels, weights, rows, weights + rows, columns, outside.number, between,
            between + capacity / 4, result)
        body(result)
    }

    // Keras's kernel, whose deviation is never quite 0.
    private static func gaussian(_ count: Int, _ sigma: Float, into weights: UnsafeMutablePointer<Float>) {
        func weight(_ index: Int) -> Double {
            gaussianWeight((Double(index) - Double(count - 1) / 2) / (Double(sigma) + 1e-6))
        }
        var sum = 0.0
        for index in 0..<count { sum += weight(index) }
        for index in 0..<count { weights[index] = Float(weight(index) / sum) }
    }

    private func equalize(_ bins: Int, _ range: ClosedRange<Float>) {
        guard let values = floats else { return }
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: bins) { counts in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: bins) { table in
                millrace_equalize(
                    values, height * width, channels, bins, range.lowerBound, range.upperBound, counts.baseAddress,
                    table.baseAddress)
            }
        }
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
