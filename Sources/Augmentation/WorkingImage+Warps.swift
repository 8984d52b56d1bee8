internal import CKernels

/// Changes that take more than one pass over an image.
extension WorkingImage {
    /// Pixels from places that no affine map gives.
    mutating func warp(_ warp: DrawnAugmentation.Warp) {
        var image = image()
        var how = millrace_sampling(warp.interpolation, warp.fill, warp.fillValue, rounds: false)
        switch warp.kind {
        case .perspective(let map):
            let target = nextPlace()
            millrace_sample_projective(&image, map.coefficients, &how, target)
            replace(with: target, height: height, width: width)
        case .elastic(let alpha, let sigma, let key):
            let (right, down) = (field(layout.fields.right), field(layout.fields.down))
            makeField(right, sigma, key)
            makeField(down, sigma, ~key)
            let target = nextPlace()
            millrace_sample_displaced(&image, right, down, alpha, &how, target)
            replace(with: target, height: height, width: width)
        }
    }

    private func field(_ offset: Int) -> UnsafeMutablePointer<Float> {
        (scratch + offset).assumingMemoryBound(to: Float.self)
    }

    // Normal numbers of a deviation, blurred by as much, with zeros around them.
    private func makeField(_ field: UnsafeMutablePointer<Float>, _ sigma: Float, _ key: UInt64) {
        let side = DrawnAugmentation.Warp.window(sigma)
        let (weights, between) = (self.field(layout.weights), self.field(layout.between))
        field.update(repeating: 0, count: height * width)
        millrace_add_normal(field, field, height * width, key, sigma)
        Self.gaussian(side, sigma, into: weights)
        // Sums along rows are all there before the first column is summed: the field may be read and written.
        millrace_window_sums(
            field, height, width, 1, weights, side, weights, side, AugmentationSpec.FillMode.constant.number, between,
            self.field(layout.line), field)
    }

    /// Keras's kernel, whose deviation is never quite 0.
    static func gaussian(_ count: Int, _ sigma: Float, into weights: UnsafeMutablePointer<Float>) {
        func weight(_ index: Int) -> Double {
            gaussianWeight((Double(index) - Double(count - 1) / 2) / (Double(sigma) + 1e-6))
        }
        var sum = 0.0
        for index in 0..<count { sum += weight(index) }
        for index in 0..<count { weights[index] = Float(weight(index) / sum) }
    }

    /// The mean of the image and of several others that are made of it.
    mutating func blend(_ blend: DrawnAugmentation.Blend) {
        load()
        guard let values = floats else { return }
        let mean = field(layout.mean)
        mean.update(repeating: 0, count: count)
        for (chain, weight) in zip(blend.chains, blend.weights) {
            var other = WorkingImage(
                stored: values, isFloat: true, height: height, width: width, channels: channels, scratch: scratch,
                layout: layout, places: scratch + layout.chain)
            if !chain.isEmpty { other.run(chain, into: nil) }
            millrace_add_scaled(mean, other.floats ?? values, count, weight)
        }
        millrace_mix_values(values, mean, count, blend.share)
        millrace_adjust_brightness(values, values, count, 0, blend.range.lowerBound, blend.range.upperBound)
    }
}
