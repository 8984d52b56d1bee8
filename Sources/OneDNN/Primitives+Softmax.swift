internal import COneDNN

extension PrimitiveDescription {
    /// The logarithm of softmax along one axis.
    package static func logSoftmax(
        layout: MemoryDescriptor, axis: Int, propagation: Propagation
    ) throws(OneDNNError) -> PrimitiveDescription {
        var descriptor = dnnl_logsoftmax_desc_t()
        var layout = layout.raw
        try check(
            dnnl_logsoftmax_forward_desc_init(&descriptor, propagation.kind, &layout, Int32(axis)), "log-softmax")
        return try make(descriptor, "log-softmax")
    }

    /// The gradient of the logarithm of softmax from its output.
    package static func logSoftmaxGradient(
        gradient: MemoryDescriptor, output: MemoryDescriptor, axis: Int
    ) throws(OneDNNError) -> PrimitiveDescription {
        let hint = try logSoftmax(layout: output, axis: axis, propagation: .training)
        var descriptor = dnnl_logsoftmax_desc_t()
        var gradient = gradient.raw
        var output = output.raw
        try check(
            dnnl_logsoftmax_backward_desc_init(&descriptor, &gradient, &output, Int32(axis)),
            "gradient of log-softmax")
        return try make(descriptor, "gradient of log-softmax", hint: hint)
    }
}
