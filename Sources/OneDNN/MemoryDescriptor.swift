internal import COneDNN
import Memory

/// How a tensor's elements lie in memory: extents, type and (blocked) strides; or, as a wish, `any`.
package struct MemoryDescriptor: @unchecked Sendable, Equatable {
    // Invariant behind `@unchecked Sendable`: a plain value; the C struct holds no pointers.
    var raw: dnnl_memory_desc_t

    init(raw: dnnl_memory_desc_t) { self.raw = raw }

    /// Row-major elements: the last axis is contiguous.
    package init(rowMajor dimensions: [Int], type: ScalarType = .float32) {
        var strides = [Int](repeating: 1, count: dimensions.count)
        for axis in stride(from: dimensions.count - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * max(1, dimensions[axis + 1])
        }
        self.init(dimensions: dimensions, strides: strides, type: type)
    }

    /// Elements at the given strides, counted in elements.
    package init(dimensions: [Int], strides: [Int], type: ScalarType = .float32) {
        precondition(
            (1...Int(DNNL_MAX_NDIMS)).contains(dimensions.count), "MemoryDescriptor: rank \(dimensions.count)")
        raw = dnnl_memory_desc_t()
        let status = dnnl_memory_desc_init_by_strides(
            &raw, Int32(dimensions.count), dimensions.map(Int64.init), Self.dataType(type), strides.map(Int64.init))
        precondition(status == dnnl_success, "MemoryDescriptor: \(dimensions) strides \(strides) \(type)")
    }

    /// The wish for whichever layout the primitive likes best (`format_tag any`).
    package init(any dimensions: [Int], type: ScalarType = .float32) {
        raw = dnnl_memory_desc_t()
        let status = dnnl_memory_desc_init_by_tag(
            &raw, Int32(dimensions.count), dimensions.map(Int64.init), Self.dataType(type), dnnl_format_tag_any)
        precondition(status == dnnl_success, "MemoryDescriptor: any \(dimensions) \(type)")
    }

    private static func dataType(_ type: ScalarType) -> dnnl_data_type_t {
        switch type {
        case .float32: dnnl_f32
        case .bfloat16: dnnl_bf16
        case .float16: dnnl_f16
        case .int32: dnnl_s32
        case .int8: dnnl_s8
        case .uint8, .bool: dnnl_u8
        default: preconditionFailure("MemoryDescriptor: oneDNN has no type \(type)")
        }
    }

    /// Bytes that a buffer of this layout needs, padding included.
    package var byteCount: Int {
        withUnsafePointer(to: raw) { dnnl_memory_desc_get_size($0) }
    }

    package var dimensions: [Int] {
        withUnsafeBytes(of: raw.dims) { bytes in
            bytes.bindMemory(to: Int64.self).prefix(Int(raw.ndims)).map(Int.init)
        }
    }

    /// Whether nothing is stored (a primitive without workspace or bias asks for this).
    package var isEmpty: Bool { raw.ndims == 0 }

    /// The same memory seen with its axes in another order: axis `i` of this becomes axis `order[i]` of the result.
    package func permuted(_ order: [Int]) -> MemoryDescriptor {
        var result = dnnl_memory_desc_t()
        let status = withUnsafePointer(to: raw) {
            dnnl_memory_desc_permute_axes(&result, $0, order.map(Int32.init))
        }
        precondition(status == dnnl_success, "MemoryDescriptor: cannot permute \(dimensions) by \(order)")
        return MemoryDescriptor(raw: result)
    }

    package static func == (left: MemoryDescriptor, right: MemoryDescriptor) -> Bool {
        withUnsafePointer(to: left.raw) { l in withUnsafePointer(to: right.raw) { r in dnnl_memory_desc_equal(l, r) } }
            != 0
    }

    /// The elements before the first one, for a view into larger memory.
    package var offset: Int { Int(raw.offset0) }

    /// Whether the elements fill the memory without gaps, in whatever order: a loop over the memory meets each once.
    package var isDense: Bool {
        guard raw.format_kind == dnnl_blocked, raw.offset0 == 0 else { return false }
        return dimensions.reduce(1, *) * elementBytes == byteCount
    }

    private var elementBytes: Int {
        switch raw.data_type {
        case dnnl_f32, dnnl_s32: 4
        case dnnl_bf16, dnnl_f16: 2
        default: 1
        }
    }

    /// Whether the elements are of bfloat16.
    package var isBfloat16: Bool { raw.data_type == dnnl_bf16 }

    /// How many elements fit from the beginning of the memory to the last of the layout's, gaps and padding included.
    package var span: Int {
        guard !dimensions.contains(0) else { return 0 }
        let (sizes, padded) = (blockSizes, paddedDimensions)
        let last = padded.indices.reduce(offset) { $0 + (padded[$1] / sizes[$1] - 1) * Int(strides[$1]) }
        return last + sizes.reduce(1, *)
    }

    /// The same places for elements of another type.
    package func withType(_ type: ScalarType) -> MemoryDescriptor {
        var result = raw
        result.data_type = Self.dataType(type)
        return MemoryDescriptor(raw: result)
    }

    /// The same memory behind further axes of extent 1.
    package func withLeadingAxes(_ count: Int) -> MemoryDescriptor {
        reshaped(Array(repeating: 1, count: count) + dimensions)
    }

    /// The same memory under other extents: axes of extent 1 come and go, axes of unblocked layouts are split and joined.
    package func reshaped(_ extents: [Int]) -> MemoryDescriptor {
        var result = dnnl_memory_desc_t()
        let status = withUnsafePointer(to: raw) {
            dnnl_memory_desc_reshape(&result, $0, Int32(extents.count), extents.map(Int64.init))
        }
        precondition(status == dnnl_success, "MemoryDescriptor: cannot see \(dimensions) as \(extents)")
        return MemoryDescriptor(raw: result)
    }

    /// Whether elements of any type lie row-major and dense from the beginning of the memory on.
    package var isPlain: Bool {
        var plain = MemoryDescriptor(rowMajor: dimensions)
        plain.raw.data_type = raw.data_type
        return isSameMemory(as: plain)
    }

    /// Whether float32 elements lie row-major and dense.
    package var isRowMajor: Bool {
        guard raw.data_type == dnnl_f32 else { return false }
        return isSameMemory(as: MemoryDescriptor(rowMajor: dimensions))
    }

    /// A short name of the layout for reports: strides order and inner blocks, like `acdb` or `aBcd16b`.
    package var layoutName: String {
        guard raw.format_kind == dnnl_blocked else { return raw.format_kind == dnnl_format_kind_any ? "any" : "opaque" }
        let (strides, axes) = (strides, innerAxes)
        func letter(_ axis: Int, blocked: Bool) -> String {
            String(UnicodeScalar(UInt8((blocked ? 65 : 97) + axis)))
        }
        let outer = strides.indices.sorted { (strides[$0], -$0) > (strides[$1], -$1) }
            .map { letter($0, blocked: axes.contains($0)) }
        let inner = zip(innerBlocks, axes).map { "\($0)" + letter($1, blocked: false) }
        return (outer + inner).joined()
    }
}
