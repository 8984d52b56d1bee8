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
        let layouts = tensors([.source: source, .weights: weights, .bias: bias, .destination: destination])
        return try make("convolution", layouts, dnnl_convolution_desc_t(), fused: fused) { descriptor, raw in
            dnnl_dilated_convolution_forward_desc_init(
                &descriptor, propagation.kind, dnnl_convolution_direct, raw[.source], raw[.weights], raw[.bias],
                raw[.destination], window.rawStrides, window.rawDilation, window.rawBefore, window.rawAfter)
        }
    }

    /// The gradient of a convolution with respect to its source.
    package static func convolutionSourceGradient(
        source: MemoryDescriptor, weights: MemoryDescriptor, destination: MemoryDescriptor, window: Window,
        hint: PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        let layouts = tensors([.sourceGradient: source, .weights: weights, .destinationGradient: destination])
        let label = "source gradient of a convolution"
        return try make(label, layouts, dnnl_convolution_desc_t(), hint: hint) { descriptor, raw in
            dnnl_dilated_convolution_backward_data_desc_init(
                &descriptor, dnnl_convolution_direct, raw[.sourceGradient], raw[.weights], raw[.destinationGradient],
                window.rawStrides, window.rawDilation, window.rawBefore, window.rawAfter)
        }
    }

    /// The gradients of a convolution with respect to its weights and bias.
    package static func convolutionWeightsGradient(
        source: MemoryDescriptor, weights: MemoryDescriptor, bias: MemoryDescriptor?, destination: MemoryDescriptor,
        window: Window, hint: PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        let layouts = tensors([
            .source: source, .weightsGradient: weights, .biasGradient: bias, .destinationGradient: destination,
        ])
        let label = "weights gradient of a convolution"
        return try make(label, layouts, dnnl_convolution_desc_t(), hint: hint) { descriptor, raw in
            dnnl_dilated_convolution_backward_weights_desc_init(
                &descriptor, dnnl_convolution_direct, raw[.source], raw[.weightsGradient], raw[.biasGradient],
                raw[.destinationGradient], window.rawStrides, window.rawDilation, window.rawBefore, window.rawAfter)
        }
    }

    /// A dense product: source (batch, in), weights (out, in), destination (batch, out).
    package static func innerProduct(
        source: MemoryDescriptor, weights: MemoryDescriptor, bias: MemoryDescriptor?, destination: MemoryDescriptor,
        propagation: Propagation, fused: Eltwise? = nil
    ) throws(OneDNNError) -> PrimitiveDescription {
        let layouts = tensors([.source: source, .weights: weights, .bias: bias, .destination: destination])
        return try make("inner product", layouts, dnnl_inner_product_desc_t(), fused: fused) { descriptor, raw in
            dnnl_inner_product_forward_desc_init(
                &descriptor, propagation.kind, raw[.source], raw[.weights], raw[.bias], raw[.destination])
        }
    }

    /// The gradient of a dense product with respect to its source.
    package static func innerProductSourceGradient(
        source: MemoryDescriptor, weights: MemoryDescriptor, destination: MemoryDescriptor, hint: PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        let layouts = tensors([.sourceGradient: source, .weights: weights, .destinationGradient: destination])
        let label = "source gradient of an inner product"
        return try make(label, layouts, dnnl_inner_product_desc_t(), hint: hint) { descriptor, raw in
            dnnl_inner_product_backward_data_desc_init(
                &descriptor, raw[.sourceGradient], raw[.weights], raw[.destinationGradient])
        }
    }

    /// The gradients of a dense product with respect to its weights and bias.
    package static func innerProductWeightsGradient(
        source: MemoryDescriptor, weights: MemoryDescriptor, bias: MemoryDescriptor?, destination: MemoryDescriptor,
        hint: PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        let layouts = tensors([
            .source: source, .weightsGradient: weights, .biasGradient: bias, .destinationGradient: destination,
        ])
        let label = "weights gradient of an inner product"
        return try make(label, layouts, dnnl_inner_product_desc_t(), hint: hint) { descriptor, raw in
            dnnl_inner_product_backward_weights_desc_init(
                &descriptor, raw[.source], raw[.weightsGradient], raw[.biasGradient], raw[.destinationGradient])
        }
    }

    /// The product of the last two axes: source (…, m, k), weights (…, k, n), destination (…, m, n), leading axes broadcast.
    package static func matrixProduct(
        _ source: MemoryDescriptor, _ weights: MemoryDescriptor, destination: MemoryDescriptor, fused: Eltwise? = nil
    ) throws(OneDNNError) -> PrimitiveDescription {
        let layouts = tensors([.source: source, .weights: weights, .destination: destination])
        return try make("matrix product", layouts, dnnl_matmul_desc_t(), fused: fused) { descriptor, raw in
            dnnl_matmul_desc_init(&descriptor, raw[.source], raw[.weights], nil, raw[.destination])
        }
    }

    /// Those that are there.
    private static func tensors(_ layouts: [Role: MemoryDescriptor?]) -> [Role: MemoryDescriptor] {
        layouts.compactMapValues { $0 }
    }
}
