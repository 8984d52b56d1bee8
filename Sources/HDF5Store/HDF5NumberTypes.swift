internal import CHDF5
internal import Memory

extension ScalarType {
    /// The type of such elements in files of ours, little-endian on every machine: IEEE's formats, `float16` as numpy
    /// has it, `bfloat16` as a floating point type of 8 exponent and 7 mantissa bits, which the library converts, and
    /// `bool` as the enumeration of `FALSE` and `TRUE` that h5py takes for numpy's bool. Called inside the library's
    /// lock.
    func storedType(path: String, object: String) throws(HDF5Error) -> HDF5Handle {
        func made(_ id: hid_t) throws(HDF5Error) -> HDF5Handle {
            try HDF5Handle(id, close: H5Tclose, .writeFailed, path: path, object: object, "type \(rawValue)")
        }
        func checked(_ status: herr_t) throws(HDF5Error) {
            try check(status, .writeFailed, path: path, object: object, "type \(rawValue)")
        }
        switch self {
        case .float16, .bfloat16:
            let mantissaBits = self == .float16 ? 10 : 7
            let exponentBits = 15 - mantissaBits
            let type = try made(H5Tcopy(millrace_file_type(1, 1, 4)))
            // The fields first: they must lie inside of the size at every step.
            try checked(H5Tset_fields(type.id, 15, mantissaBits, exponentBits, 0, mantissaBits))
            try checked(H5Tset_size(type.id, 2))
            try checked(H5Tset_ebias(type.id, (1 << (exponentBits - 1)) - 1))
            return type
        case .bool:
            let type = try made(H5Tenum_create(millrace_file_type(0, 1, 1)))
            for (name, value) in [("FALSE", Int8(0)), ("TRUE", 1)] {
                var value = value
                try checked(unsafe H5Tenum_insert(type.id, name, &value))
            }
            return type
        default:
            let isSigned = !rawValue.hasPrefix("u")
            return try made(H5Tcopy(millrace_file_type(isFloatingPoint ? 1 : 0, isSigned ? 1 : 0, byteCount)))
        }
    }
}
