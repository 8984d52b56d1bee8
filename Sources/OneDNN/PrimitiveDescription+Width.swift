internal import COneDNN

/// The layouts of a primitive's tensors as C takes them, for as long as its operation is described.
final class RawLayouts {
    private var pointers: [PrimitiveDescription.Role: UnsafeMutablePointer<dnnl_memory_desc_t>] = [:]

    /// - Parameter isWide: whether bfloat16 becomes float32.
    init(_ layouts: [PrimitiveDescription.Role: MemoryDescriptor], isWide: Bool) {
        for (role, layout) in layouts {
            let pointer = UnsafeMutablePointer<dnnl_memory_desc_t>.allocate(capacity: 1)
            pointer.initialize(to: isWide && layout.isBfloat16 ? layout.withType(.float32).raw : layout.raw)
            pointers[role] = pointer
        }
    }

    deinit { for pointer in pointers.values { pointer.deallocate() } }

    /// Nil for a tensor that the primitive has not.
    subscript(role: PrimitiveDescription.Role) -> UnsafeMutablePointer<dnnl_memory_desc_t>? { pointers[role] }
}

/// Primitives of bfloat16 tensors where oneDNN has none: on processors without AVX-512, and for some shapes.
///
/// Such a primitive is *wide*: it is built for float32, and calls itself one of bfloat16 all the same. Its layouts are
/// told in bfloat16; who runs it hands it float32 copies of the arguments that `isWidened` names and rounds its results
/// on the way back. So a value is rounded where the narrow primitive would round it, and sums are float32 in both.
extension PrimitiveDescription {
    /// Builds a primitive for tensors of the given layouts, or its wide twin where there is none for them.
    ///
    /// - Parameters:
    ///   - layouts: of the tensors that `describe` names, and of others that follow their type.
    ///   - empty: the operation's descriptor, to be filled in.
    ///   - hint: the forward primitive of a backward one: that of a wide one is wide.
    ///   - isWide: whether a narrow primitive is out of the question.
    ///   - describe: fills in the descriptor.
    static func make<Descriptor>(
        _ label: String, _ layouts: [Role: MemoryDescriptor], _ empty: Descriptor, fused: Eltwise? = nil,
        hint: PrimitiveDescription? = nil, isWide: Bool = false,
        _ describe: @escaping (inout Descriptor, RawLayouts) -> dnnl_status_t
    ) throws(OneDNNError) -> PrimitiveDescription {
        try make(layouts, isWide: isWide || hint?.isWide == true) { isWide throws(OneDNNError) in
            var descriptor = empty
            let hint = try isWide ? hint?.widened() : hint
            try check(describe(&descriptor, RawLayouts(layouts, isWide: isWide)), label)
            let attributes = try Attributes.make(fused: fused)
            var handle: dnnl_primitive_desc_t?
            let status = withUnsafePointer(to: descriptor) {
                dnnl_primitive_desc_create(
                    &handle, UnsafeRawPointer($0), attributes.handle, Device.shared.engine, hint?.handle)
            }
            try check(status, label)
            return PrimitiveDescription(handle!, label)
        }
    }

    /// What `build` makes, narrow if it can be.
    static func make(
        _ layouts: [Role: MemoryDescriptor], isWide: Bool = false,
        _ build: @escaping (_ isWide: Bool) throws(OneDNNError) -> PrimitiveDescription
    ) throws(OneDNNError) -> PrimitiveDescription {
        let narrow = Set(layouts.filter { $0.value.isBfloat16 }.keys)
        func made(isWide: Bool) throws(OneDNNError) -> PrimitiveDescription {
            let description = try build(isWide)
            description.makeWide = { () throws(OneDNNError) in try made(isWide: true) }
            if isWide { description.widenedRoles = narrow }
            return description
        }
        guard !isWide else { return try made(isWide: true) }
        do {
            return try made(isWide: false)
        } catch {
            guard !narrow.isEmpty else { throw error }
            return try made(isWide: true)
        }
    }

    /// Whether float32 stands in for bfloat16.
    package var isWide: Bool { !widenedRoles.isEmpty }

    /// Whether a tensor is one of bfloat16 that the primitive reads or writes as float32.
    package func isWidened(_ role: Role) -> Bool { widenedRoles.contains(role) }

    private func widened() throws(OneDNNError) -> PrimitiveDescription {
        guard !isWide, let makeWide else { return self }
        return try makeWide()
    }
}

extension PrimitiveDescription.Role {
    /// Whether a primitive writes the tensor: what else there is, it reads.
    ///
    /// - Parameter isBackward: whether the primitive is of a gradient; it reads what its forward twin wrote.
    package func isResult(isBackward: Bool) -> Bool {
        switch self {
        case .destination: !isBackward
        case .sourceGradient, .weightsGradient, .biasGradient: true
        default: false
        }
    }
}
