internal import CKernels

extension Augmenter {
    /// Bytes that are sampled once, and that nothing else is done to, need no floats of the whole image.
    func samples(
        _ drawn: DrawnAugmentation, from input: UnsafeRawPointer, into target: UnsafeMutableRawPointer
    ) -> Bool {
        guard type == .uint8, drawn.steps.count == 1, channels <= MILLRACE_ROUNDED_CHANNELS else { return false }
        var image = millrace_image(values: input, is_float: 0, height: height, width: width, channels: channels)
        switch drawn.steps[0] {
        case .sample(let sampling): sampling.run(&image, into: target, rounds: true)
        case .warp(let warp):
            guard case .perspective(let map) = warp.kind else { return false }
            var how = millrace_sampling(warp.interpolation, warp.fill, warp.fillValue, rounds: true)
            millrace_sample_projective(&image, map.coefficients, &how, target)
        default: return false
        }
        return true
    }
}
