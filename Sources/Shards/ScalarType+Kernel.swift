internal import CKernels
package import Memory

extension ScalarType {
    /// The number by which the kernels know this type of stored values (`millrace_stored_type`).
    package var kernelType: Int32 {
        let type: millrace_stored_type =
            switch self {
            case .uint8: MILLRACE_U8
            case .int8: MILLRACE_I8
            case .uint16: MILLRACE_U16
            case .int16: MILLRACE_I16
            case .uint32: MILLRACE_U32
            case .int32: MILLRACE_I32
            case .uint64: MILLRACE_U64
            case .int64: MILLRACE_I64
            case .float16: MILLRACE_F16
            case .bfloat16: MILLRACE_BF16
            case .float32: MILLRACE_F32
            case .float64: MILLRACE_F64
            case .bool: MILLRACE_BOOL
            }
        return Int32(type.rawValue)
    }
}
