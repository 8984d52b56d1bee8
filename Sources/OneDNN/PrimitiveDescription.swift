internal import COneDNN

/// A primitive that could be built: what it is, which layouts it wants, what scratch memory it needs.
///
/// Backward descriptions keep their forward hint, for the case that both must be built anew for float32.
package final class PrimitiveDescription {
    let handle: dnnl_primitive_desc_t
    /// What this is, for errors and reports.
    package let label: String
    /// The bfloat16 tensors that float32 stands in for.
    var widenedRoles: Set<Role> = []
    /// Builds the same with float32 in the place of bfloat16; holds no reference to this.
    var makeWide: (() throws(OneDNNError) -> PrimitiveDescription)?

    init(_ handle: dnnl_primitive_desc_t, _ label: String) {
        self.handle = handle
        self.label = label
    }

    deinit { dnnl_primitive_desc_destroy(handle) }

    /// A tensor that the primitive reads or writes.
    package enum Role: Sendable {
        case source, weights, bias, destination
        case sourceGradient, weightsGradient, biasGradient, destinationGradient
        case workspace, scratchpad

        var query: (what: dnnl_query_t, index: Int32) {
            switch self {
            case .source: (dnnl_query_src_md, 0)
            case .weights: (dnnl_query_weights_md, 0)
            case .bias: (dnnl_query_weights_md, 1)
            case .destination: (dnnl_query_dst_md, 0)
            case .sourceGradient: (dnnl_query_diff_src_md, 0)
            case .weightsGradient: (dnnl_query_diff_weights_md, 0)
            case .biasGradient: (dnnl_query_diff_weights_md, 1)
            case .destinationGradient: (dnnl_query_diff_dst_md, 0)
            case .workspace: (dnnl_query_workspace_md, 0)
            case .scratchpad: (dnnl_query_scratchpad_md, 0)
            }
        }

        var argument: Int32 {
            switch self {
            case .source: DNNL_ARG_SRC
            case .weights: DNNL_ARG_WEIGHTS
            case .bias: DNNL_ARG_BIAS
            case .destination: DNNL_ARG_DST
            case .sourceGradient: DNNL_ARG_DIFF_SRC
            case .weightsGradient: DNNL_ARG_DIFF_WEIGHTS
            case .biasGradient: DNNL_ARG_DIFF_BIAS
            case .destinationGradient: DNNL_ARG_DIFF_DST
            case .workspace: DNNL_ARG_WORKSPACE
            case .scratchpad: DNNL_ARG_SCRATCHPAD
            }
        }
    }

    /// The layout that the primitive wants for one of its tensors, in the primitive's own order of axes; in bfloat16 for
    /// a tensor that it takes widened.
    package func layout(_ role: Role) -> MemoryDescriptor {
        let (what, index) = role.query
        guard let descriptor = dnnl_primitive_desc_query_md(handle, what, index) else {
            return MemoryDescriptor(raw: dnnl_memory_desc_t())
        }
        let layout = MemoryDescriptor(raw: descriptor.pointee)
        return isWidened(role) ? layout.withType(.bfloat16) : layout
    }

    /// The name of the implementation that oneDNN chose, for example `brgemm:avx512_core`; told apart where it is wide.
    package var implementation: String {
        var name: UnsafePointer<CChar>?
        dnnl_primitive_desc_query(handle, dnnl_query_impl_info_str, 0, &name)
        return (name.map { String(cString: $0) } ?? "") + (isWide ? " in float32" : "")
    }
}

/// The attributes of a primitive: an elementwise function fused behind it, and the scratchpad in the caller's hands.
struct Attributes: ~Copyable {
    let handle: dnnl_primitive_attr_t

    private init(handle: dnnl_primitive_attr_t) { self.handle = handle }

    static func make(fused: Eltwise?) throws(OneDNNError) -> Attributes {
        var created: dnnl_primitive_attr_t?
        try check(dnnl_primitive_attr_create(&created), "creating attributes")
        let attributes = Attributes(handle: created!)
        try check(
            dnnl_primitive_attr_set_scratchpad_mode(attributes.handle, dnnl_scratchpad_mode_user),
            "setting the scratchpad mode")
        guard let fused else { return attributes }
        var operations: dnnl_post_ops_t?
        try check(dnnl_post_ops_create(&operations), "creating post-operations")
        defer { dnnl_post_ops_destroy(operations) }
        try check(
            dnnl_post_ops_append_eltwise(operations, 1, fused.forwardAlgorithm, fused.alpha, fused.beta),
            "fusing \(fused)")
        try check(dnnl_primitive_attr_set_post_ops(attributes.handle, operations), "setting post-operations")
        return attributes
    }

    deinit { dnnl_primitive_attr_destroy(handle) }
}
