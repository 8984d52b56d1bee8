internal import CKernels

/// The weights of one axis of a resampling with a triangle filter that is as wide as the reduction (bilinear with
/// antialiasing).
///
/// For the output pixel i of n from a canvas of N pixels, with s = N / n and f = max(s, 1): the pixel x of the canvas has
/// the weight max(0, 1 - |x + 1/2 - (i + 1/2) s| / f), divided by their sum, in fixed point. These are the numbers of
/// Pillow's `Image.resize` with BILINEAR, and of torchvision's with `antialias=True` up to rounding. Pixels of the canvas
/// outside of the source are zeros and have no weights here.
struct ResampleAxis {
    let starts: [Int32]
    let counts: [Int32]
    let offsets: [Int32]
    let weights: [Int32]

    /// Whether every output is the source's pixel at the same place.
    let isIdentity: Bool

    init(_ axis: ImagePlacement.Axis, outputs: Int) {
        isIdentity = axis.canvas == outputs && axis.count == outputs
        var starts: [Int32] = []
        var counts: [Int32] = []
        var offsets: [Int32] = []
        var weights: [Int32] = []
        var exact: [Double] = []
        let scale = Double(axis.canvas) / Double(outputs)
        let support = max(scale, 1)
        let inverse = 1 / support
        for output in 0..<outputs {
            let center = (Double(output) + 0.5) * scale
            let lower = max(0, Int(center - support + 0.5))
            let upper = min(axis.canvas, Int(center + support + 0.5))
            exact.removeAll(keepingCapacity: true)
            var sum = 0.0
            for pixel in lower..<max(lower, upper) {
                let weight = max(0, 1 - abs((Double(pixel) - center + 0.5) * inverse))
                exact.append(weight)
                sum += weight
            }
            let visible = max(lower, axis.margin)..<max(lower, axis.margin, min(upper, axis.margin + axis.count))
            starts.append(visible.isEmpty ? 0 : Int32(visible.lowerBound - axis.margin))
            counts.append(Int32(visible.count))
            offsets.append(Int32(weights.count))
            for pixel in visible {
                let weight = sum == 0 ? 0 : exact[pixel - lower] / sum
                weights.append(Int32(0.5 + weight * Double(1 << MILLRACE_RESAMPLE_BITS)))
            }
        }
        self.starts = starts
        self.counts = counts
        self.offsets = offsets
        self.weights = weights
    }

    /// Calls `body` with the weights as the kernels take them.
    func withKernelAxis(_ body: (UnsafePointer<millrace_resample_axis>) -> Void) {
        unsafe starts.withUnsafeBufferPointer { starts in
            unsafe counts.withUnsafeBufferPointer { counts in
                unsafe offsets.withUnsafeBufferPointer { offsets in
                    unsafe weights.withUnsafeBufferPointer { weights in
                        var axis = unsafe millrace_resample_axis(
                            starts: starts.baseAddress, counts: counts.baseAddress, offsets: offsets.baseAddress,
                            weights: weights.baseAddress, outputs: starts.count)
                        unsafe withUnsafePointer(to: &axis) { unsafe body($0) }
                    }
                }
            }
        }
    }
}
