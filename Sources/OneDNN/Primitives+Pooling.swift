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
    ///
    /// - Parameter isWide: whether bfloat16 is pooled as float32 even where it need not be.
    package static func pooling(
        _ algorithm: PoolingAlgorithm, source: MemoryDescriptor, destination: MemoryDescriptor, window: Window,
        propagation: Propagation, isWide: Bool = false
    ) throws(OneDNNError) -> PrimitiveDescription {
        let layouts: [Role: MemoryDescriptor] = [.source: source, .destination: destination]
        let label = "\(algorithm) pooling"
        return try make(label, layouts, dnnl_pooling_v2_desc_t(), isWide: isWide) { descriptor, raw in
            dnnl_pooling_v2_forward_desc_init(
                &descriptor, propagation.kind, algorithm.kind, raw[.source], raw[.destination], window.rawStrides,
                window.rawKernel, window.rawDilation, window.rawBefore, window.rawAfter)
        }
    }

    /// The gradient of pooling; that of a maximum needs the forward primitive's workspace.
    package static func poolingGradient(
        _ algorithm: PoolingAlgorithm, source: MemoryDescriptor, destination: MemoryDescriptor, window: Window,
        hint: PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        let layouts: [Role: MemoryDescriptor] = [.sourceGradient: source, .destinationGradient: destination]
        let label = "gradient of \(algorithm) pooling"
        return try make(label, layouts, dnnl_pooling_v2_desc_t(), hint: hint) { descriptor, raw in
            dnnl_pooling_v2_backward_desc_init(
                &descriptor, algorithm.kind, raw[.sourceGradient], raw[.destinationGradient], window.rawStrides,
                window.rawKernel, window.rawDilation, window.rawBefore, window.rawAfter)
        }
    }
}
