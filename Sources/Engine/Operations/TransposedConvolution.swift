import Memory
import OneDNN

extension Tensor {
    /// Transposed convolution, the source gradient of a convolution as a layer: this tensor (batch, spatial…, in),
    /// weights (spatial…, out, in), result (batch, spatial…, out).
    ///
    /// Extents are Keras's: with reach `r = (kernel − 1) · dilation + 1`, `valid` makes `(n − 1) · stride + r + o` with
    /// `o = max(stride − r, 0)` unless it is given, `same` makes `n · stride`, or `(n − 1) · stride + kernel' + o` with
    /// `kernel'` 1 for an odd reach and 0 for an even one. What `same` cuts off is halved, an odd rest at the end.
    ///
    /// - Parameter outputPadding: `o` along each spatial axis.
    public func transposedConvolution(
        _ weights: Tensor, bias: Tensor? = nil, strides: [Int]? = nil, dilation: [Int]? = nil,
        padding: Padding = .valid, outputPadding: [Int]? = nil
    ) -> Tensor {
        let kernel = Array(weights.shape.dimensions.dropLast(2))
        let strides = strides ?? kernel.map { _ in 1 }
        precondition(padding != .causal, "transposed convolution: causal padding")
        precondition(weights.shape.last == shape.last, "transposed convolution: \(shape) by \(weights.shape)")
        var window = Window(
            kernel: kernel, strides: strides, dilation: dilation, padding: .valid, over: shape.spatial)
        // What the result has behind the last position that any window reaches: zeros, and the bias.
        var beyond = [Int](repeating: 0, count: shape.rank)
        var extents: [Int] = []
        for (axis, extent) in shape.spatial.enumerated() {
            let reach = window.reach(axis: axis)
            let full = (extent - 1) * strides[axis] + reach
            let wanted =
                switch padding {
                case .same: outputPadding.map { full - reach + reach % 2 + $0[axis] } ?? extent * strides[axis]
                default: full + (outputPadding?[axis] ?? Swift.max(strides[axis] - reach, 0))
                }
            precondition(wanted > 0, "transposed convolution: extent \(wanted) of axis \(axis) from \(shape)")
            window.paddingBefore[axis] = padding == .same ? Swift.max(0, full - wanted) / 2 : 0
            // A stride and more behind the last window would be another window's place.
            let after = full - wanted - window.paddingBefore[axis]
            beyond[axis + 1] = Swift.max(0, -after - (strides[axis] - 1))
            window.paddingAfter[axis] = after + beyond[axis + 1]
            extents.append(wanted - beyond[axis + 1])
        }
        let source = Shape([shape[0]] + extents + [weights.shape[weights.shape.rank - 2]])
        let operation = ConvolutionSourceGradient(window: window, source: source)
        let result = graph.apply(operation, [self, weights.casted(to: type.scalar)])[0]
            .padded(before: beyond.map { _ in 0 }, after: beyond)
        return bias.map { result + $0.casted(to: type.scalar) } ?? result
    }
}
