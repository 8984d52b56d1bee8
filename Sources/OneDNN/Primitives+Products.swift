internal import COneDNN

/// Products with weights: convolutions and inner products, forward and both backward passes.
///
/// Axes are oneDNN's: sources (batch, channels, spatial…), weights (out, in, spatial…), with an axis for groups in front
/// when there is more than one.
extension PrimitiveDescription {
    /// Convolution; `bias` may be nil, `fused` is applied to the result.
    package static func convolution(
        source: MemoryDescriptor, weights: MemoryDescriptor, bias: MemoryDescriptor?, destination: MemoryDescriptor,
        window: Window, propagation: Propagation, fused: Eltwise? = nil
    ) throws(OneDNNError) -> PrimitiveDescription {
        var descriptor = dnnl_convolution_desc_t()
        var (s, w, d) = (source.raw, weights.raw, destination.raw)
        let status = withOptionalPointer(bias) { b in
            dnnl_dilated_convolution_forward_desc_init(
                &descriptor, propagation.kind, dnnl_convolution_direct, &s, &w, b, &d, window.rawStrides,
                window.rawDilation, window.rawBefore, window.rawAfter)
        }
        try check(status, "convolution")
        return try make(descriptor, "convolution", fused: fused)
    }

    /// The gradient of a convolution with respect to its source.
    package static func convolutionSourceGradient(
        source: MemoryDescriptor, weights: MemoryDescriptor, destination: MemoryDescriptor, window: Window,
        hint: PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        var descriptor = dnnl_convolution_desc_t()
        var (s, w, d) = (source.raw, weights.raw, destination.raw)
        try check(
            dnnl_dilated_convolution_backward_data_desc_init(
                &descriptor, dnnl_convolution_direct, &s, &w, &d, window.rawStrides, window.rawDilation,
                window.rawBefore, window.rawAfter),
            "source gradient of a convolution")
        return try make(descriptor, "source gradient of a convolution", hint: hint)
    }

    /// The gradients of a convolution with respect to its weights and bias.
    package static func convolutionWeightsGradient(
        source: MemoryDescriptor, weights: MemoryDescriptor, bias: MemoryDescriptor?, destination: MemoryDescriptor,
        window: Window, hint: PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        var descriptor = dnnl_convolution_desc_t()
        var (s, w, d) = (source.raw, weights.raw, destination.raw)
        let status = withOptionalPointer(bias) { b in
            dnnl_dilated_convolution_backward_weights_desc_init(
                &descriptor, dnnl_convolution_direct, &s, &w, b, &d, window.rawStrides, window.rawDilation,
                window.rawBefore, window.rawAfter)
        }
        try check(status, "weights gradient of a convolution")
        return try make(descriptor, "weights gradient of a convolution", hint: hint)
    }

    /// A dense product: source (batch, in), weights (out, in), destination (batch, out).
    package static func innerProduct(
        source: MemoryDescriptor, weights: MemoryDescriptor, bias: MemoryDescriptor?, destination: MemoryDescriptor,
        propagation: Propagation, fused: Eltwise? = nil
    ) throws(OneDNNError) -> PrimitiveDescription {
        var descriptor = dnnl_inner_product_desc_t()
        var (s, w, d) = (source.raw, weights.raw, destination.raw)
        let status = withOptionalPointer(bias) { b in
            dnnl_inner_product_forward_desc_init(&descriptor, propagation.kind, &s, &w, b, &d)
        }
        try check(status, "inner product")
        return try make(descriptor, "inner product", fused: fused)
    }

    /// The gradient of a dense product with respect to its source.
    package static func innerProductSourceGradient(
        source: MemoryDescriptor, weights: MemoryDescriptor, destination: MemoryDescriptor, hint: PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        var descriptor = dnnl_inner_product_desc_t()
        var (s, w, d) = (source.raw, weights.raw, destination.raw)
        try check(
            dnnl_inner_product_backward_data_desc_init(&descriptor, &s, &w, &d), "source gradient of an inner product")
        return try make(descriptor, "source gradient of an inner product", hint: hint)
    }

    /// The gradients of a dense product with respect to its weights and bias.
    package static func innerProductWeightsGradient(
        source: MemoryDescriptor, weights: MemoryDescriptor, bias: MemoryDescriptor?, destination: MemoryDescriptor,
        hint: PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        var descriptor = dnnl_inner_product_desc_t()
        var (s, w, d) = (source.raw, weights.raw, destination.raw)
        let status = withOptionalPointer(bias) { b in
            dnnl_inner_product_backward_weights_desc_init(&descriptor, &s, &w, b, &d)
        }
        try check(status, "weights gradient of an inner product")
        return try make(descriptor, "weights gradient of an inner product", hint: hint)
    }

    /// The product of the last two axes: source (…, m, k), weights (…, k, n), destination (…, m, n), leading axes broadcast.
    package static func matrixProduct(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor, destination: MemoryDescriptor, fused: Eltwise? = nil
    ) throws(OneDNNError) -> PrimitiveDescription {
        var descriptor = dnnl_matmul_desc_t()
        var (s, w, d) = (source.raw, weights.raw, destination.raw)
        try check(dnnl_matmul_desc_init(&descriptor, &s, &w, nil, &d), "matrix product")
        return try make(descriptor, "matrix product", fused: fused)
    }

    private static func withOptionalPointer(
        _ descriptor: MemoryDescriptor?, _ body: (UnsafePointer<dnnl_memory_desc_t>?) -> dnnl_status_t
    ) -> dnnl_status_t {
        guard let descriptor else { return body(nil) }
        return withUnsafePointer(to: descriptor.raw) { body($0) }
    }
}
