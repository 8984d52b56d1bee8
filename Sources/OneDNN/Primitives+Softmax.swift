internal import COneDNN

/// Softmax and its logarithm, along one axis.
extension PrimitiveDescription {
    /// Softmax.
    package static func softmax(
        layout: MemoryDescriptor, axis: Int, propagation: Propagation
    ) throws(OneDNNError) -> PrimitiveDescription {
        try make("softmax", [.source: layout, .destination: layout], dnnl_softmax_desc_t()) { descriptor, raw in
            dnnl_softmax_forward_desc_init(&descriptor, propagation.kind, raw[.source], Int32(axis))
        }
    }

    /// The gradient of softmax from its output.
    package static func softmaxGradient(
        gradient: MemoryDescriptor, output: MemoryDescriptor, axis: Int
    ) throws(OneDNNError) -> PrimitiveDescription {
        let hint = try softmax(layout: output, axis: axis, propagation: .training)
        let layouts = ofGradient(gradient, output)
        return try make("gradient of softmax", layouts, dnnl_softmax_desc_t(), hint: hint) { descriptor, raw in
            dnnl_softmax_backward_desc_init(
                &descriptor, raw[.destinationGradient], raw[.destination], Int32(axis))
        }
    }

    /// The logarithm of softmax.
    package static func logSoftmax(
        layout: MemoryDescriptor, axis: Int, propagation: Propagation
    ) throws(OneDNNError) -> PrimitiveDescription {
        let layouts: [Role: MemoryDescriptor] = [.source: layout, .destination: layout]
        return try make("log-softmax", layouts, dnnl_logsoftmax_desc_t()) { descriptor, raw in
            dnnl_logsoftmax_forward_desc_init(&descriptor, propagation.kind, raw[.source], Int32(axis))
        }
    }

    /// The gradient of the logarithm of softmax from its output.
    package static func logSoftmaxGradient(
        gradient: MemoryDescriptor, output: MemoryDescriptor, axis: Int
    ) throws(OneDNNError) -> PrimitiveDescription {
        let hint = try logSoftmax(layout: output, axis: axis, propagation: .training)
        let layouts = ofGradient(gradient, output)
        return try make("gradient of log-softmax", layouts, dnnl_logsoftmax_desc_t(), hint: hint) { descriptor, raw in
            dnnl_logsoftmax_backward_desc_init(
                &descriptor, raw[.destinationGradient], raw[.destination], Int32(axis))
        }
    }

    private static func ofGradient(_ gradient: MemoryDescriptor, _ output: MemoryDescriptor) -> [Role: MemoryDescriptor]
    {
        [.destinationGradient: gradient, .destination: output, .sourceGradient: gradient]
    }
}
