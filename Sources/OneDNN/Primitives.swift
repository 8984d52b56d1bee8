internal import COneDNN

/// Whether a forward primitive keeps what its backward needs.
package enum Propagation: Sendable {
    case training, inference

    var kind: dnnl_prop_kind_t { self == .training ? dnnl_forward_training : dnnl_forward_inference }
}

/// The elementwise functions that a primitive applies to its result.
package enum Eltwise: Sendable, Hashable {
    /// `x` above zero, `alpha · x` below.
    case relu(alpha: Float)
    case logistic, tanh
    /// `alpha · x + beta`.
    case linear(alpha: Float, beta: Float)
    /// At least `lower` and at most `upper`.
    case clip(lower: Float, upper: Float)

    var forwardAlgorithm: dnnl_alg_kind_t {
        switch self {
        case .relu: dnnl_eltwise_relu
        case .logistic: dnnl_eltwise_logistic
        case .tanh: dnnl_eltwise_tanh
        case .linear: dnnl_eltwise_linear
        case .clip: dnnl_eltwise_clip
        }
    }

    var alpha: Float {
        switch self {
        case .relu(let alpha), .linear(let alpha, _), .clip(let alpha, _): alpha
        default: 0
        }
    }

    var beta: Float {
        switch self {
        case .linear(_, let beta), .clip(_, let beta): beta
        default: 0
        }
    }
}

/// Strides, dilation and padding of a convolution or pooling window, one number per spatial axis.
package struct Window: Sendable, Hashable {
    package var kernel: [Int]
    package var strides: [Int]
    /// 1 means dense.
    package var dilation: [Int]
    package var paddingBefore: [Int]
    package var paddingAfter: [Int]

    package init(kernel: [Int], strides: [Int], dilation: [Int], paddingBefore: [Int], paddingAfter: [Int]) {
        self.kernel = kernel
        self.strides = strides
        self.dilation = dilation
        self.paddingBefore = paddingBefore
        self.paddingAfter = paddingAfter
    }

    // oneDNN counts dilation from zero.
    var rawDilation: [Int64] { dilation.map { Int64($0 - 1) } }
    var rawStrides: [Int64] { strides.map(Int64.init) }
    var rawKernel: [Int64] { kernel.map(Int64.init) }
    var rawBefore: [Int64] { paddingBefore.map(Int64.init) }
    var rawAfter: [Int64] { paddingAfter.map(Int64.init) }
}

extension PrimitiveDescription {
    /// `from` copied into the layout and the type of `to`.
    package static func reorder(
        from: MemoryDescriptor, to: MemoryDescriptor
    ) throws(OneDNNError) -> PrimitiveDescription {
        let label = "reorder \(from.layoutName) to \(to.layoutName)"
        let layouts: [Role: MemoryDescriptor] = [.source: from, .destination: to]
        return try make(layouts) { isWide throws(OneDNNError) in
            let raw = RawLayouts(layouts, isWide: isWide)
            let attributes = try Attributes.make(fused: nil)
            var handle: dnnl_primitive_desc_t?
            let engine = Device.shared.engine
            let status = dnnl_reorder_primitive_desc_create(
                &handle, raw[.source], engine, raw[.destination], engine, attributes.handle)
            try check(status, "reorder \(from.dimensions) from \(from.layoutName) to \(to.layoutName)")
            return PrimitiveDescription(handle!, label)
        }
    }
}
