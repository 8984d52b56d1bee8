internal import COneDNN

/// What a pooling makes of a window.
package enum PoolingAlgorithm: Sendable {
    case maximum
    /// The mean of what lies inside of the image.
    case average

    var kind: dnnl_alg_kind_t { self == .maximum ? dnnl_pooling_max : dnnl_pooling_avg_exclude_padding }
}

extension PrimitiveDescription {
    /// Pooling over windows of a (batch, channels, spatial…) source.
    package static func pooling(
        _ algorithm: PoolingAlgorithm, source: MemoryDescriptor, destination: MemoryDescriptor, window: Window,
        propagation: Propagation
    ) throws(OneDNNError) -> PrimitiveDescription {
        var descriptor = dnnl_pooling_v2_desc_t()
        var (s, d) = (source.raw, destination.raw)
        try check(
            dnnl_pooling_v2_forward_desc_init(
                &descriptor, propagation.kind, algorithm.kind, &s, &d, window.rawStrides, window.rawKernel,
                window.rawDilation, window.rawBefore, window.rawAfter),
            "\(algorithm) pooling")
        return try make(descriptor, "\(algorithm) pooling")
    }

    /// The gradient of pooling; that of a maximum needs the forward primitive's workspace.
    package static func poolingGradient(
        _ algorithm: PoolingAlgorithm, source: MemoryDescriptor, destination: MemoryDescriptor, window: Window,
        hint: PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        var descriptor = dnnl_pooling_v2_desc_t()
        var (s, d) = (source.raw, destination.raw)
        try check(
            dnnl_pooling_v2_backward_desc_init(
                &descriptor, algorithm.kind, &s, &d, window.rawStrides, window.rawKernel, window.rawDilation,
                window.rawBefore, window.rawAfter),
            "gradient of \(algorithm) pooling")
        return try make(descriptor, "gradient of \(algorithm) pooling", hint: hint)
    }
}
