internal import CKernels

/// Changes of values where they are.
extension WorkingImage {
    mutating func change(_ change: DrawnAugmentation.ValueChange) {
        switch change {
        case .equalize, .fill, .erase, .smooth, .blur: changeInPlace(change)
        default: changeOnTheWay(change)
        }
    }

    // Each value is read before anything is written in its place, so that stored floats are read from where they lie.
    private mutating func changeOnTheWay(_ change: DrawnAugmentation.ValueChange) {
        let (from, to) = readAndWritten()
        let pixels = height * width
        switch change {
        case .contrast(let factor, let range):
            millrace_adjust_contrast(from, to, pixels, channels, factor, range.lowerBound, range.upperBound)
        case .brightness(let delta, let range):
            millrace_adjust_brightness(from, to, count, delta, range.lowerBound, range.upperBound)
        case .autoContrast(let range):
            millrace_stretch(from, to, pixels, channels, range.lowerBound, range.upperBound)
        case .saturation(let factor, let limits, let black):
            millrace_adjust_saturation(from, to, pixels, factor, black, limits.lowerBound, limits.upperBound)
        case .hue(let turn, let range):
            millrace_adjust_hue(from, to, pixels, turn, range.lowerBound, range.upperBound)
        case .gray(let factor, let range):
            millrace_mix_gray(
                from, to, pixels, factor, range?.lowerBound ?? -.infinity, range?.upperBound ?? .infinity)
        case .posterize(let bits, let range):
            millrace_posterize(from, to, count, Int32(bits), range.lowerBound, range.upperBound)
        case .solarize(let addition, let threshold, let range):
            millrace_solarize(from, to, count, addition, threshold, range.lowerBound, range.upperBound)
        case .affine(let factor, let offset): millrace_scale_values(from, to, count, factor, offset)
        case .noise(let deviation, let key): millrace_add_normal(from, to, count, key, deviation)
        case .dropout(let probability, let key): millrace_drop_values(from, to, count, key, probability)
        case .clip(let range): millrace_adjust_brightness(from, to, count, 0, range.lowerBound, range.upperBound)
        default: preconditionFailure("Augmenter: \(change) takes more than one value")
        }
    }

    // What looks at the values around each.
    private mutating func changeInPlace(_ change: DrawnAugmentation.ValueChange) {
        load()
        guard let values = floats else { return }
        switch change {
        case .equalize(let bins, let range): equalize(values, bins, range)
        case .erase, .fill:
            guard let rectangle = ErasedRectangle(change) else { return }
            for row in rectangle.rows {
                let start = values + (row * width + rectangle.columns.lowerBound) * channels
                rectangle.fill(row, start, channels)
            }
        case .smooth(let amount, let range):
            weights.update(repeating: 1, count: 6)
            withWindow(values, 3, 3, .constant) { boxes in
                millrace_mix_smooth(values, boxes, count, amount, range.lowerBound, range.upperBound)
            }
        case .blur(let vertical, let horizontal, let height, let width, let outside):
            Self.gaussian(height, vertical, into: weights)
            Self.gaussian(width, horizontal, into: weights + height)
            withWindow(values, height, width, outside) { blurred in values.update(from: blurred, count: count) }
        default: preconditionFailure("Augmenter: \(change) takes values one by one")
        }
    }

    /// Room for the weights of two windows.
    private var weights: UnsafeMutablePointer<Float> { (scratch + layout.weights).assumingMemoryBound(to: Float.self) }

    // Sums over a window around each pixel, whose weights are there: those of its rows, then those of its columns.
    private func withWindow(
        _ values: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int, _ outside: AugmentationSpec.FillMode,
        _ body: (UnsafeMutablePointer<Float>) -> Void
    ) {
        let result = otherPlace
        millrace_window_sums(
            values, height, width, channels, weights, rows, weights + rows, columns, outside.number,
            (scratch + layout.between).assumingMemoryBound(to: Float.self),
            (scratch + layout.line).assumingMemoryBound(to: Float.self), result)
        body(result)
    }

    private func equalize(_ values: UnsafeMutablePointer<Float>, _ bins: Int, _ range: ClosedRange<Float>) {
        withUnsafeTemporaryAllocation(of: UInt32.self, capacity: bins) { counts in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: bins) { table in
                millrace_equalize(
                    values, height * width, channels, bins, range.lowerBound, range.upperBound, counts.baseAddress,
                    table.baseAddress)
            }
        }
    }
}
