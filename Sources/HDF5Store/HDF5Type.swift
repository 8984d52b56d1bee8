internal import CHDF5
package import Memory

/// The type of a dataset's elements as the file has it.
package struct HDF5Type: Sendable, Equatable, CustomStringConvertible {
    /// The number type, or nil when the elements are not numbers that can be trained on.
    package let scalar: ScalarType?

    /// Whether stored bytes must be reversed to be this machine's numbers.
    package let isSwapped: Bool

    /// A name for messages: `float32`, `int64 (big-endian)`, `string of variable length`.
    package let description: String

    // Reads the description of the type behind `id`. Called inside the library's lock.
    init(_ id: hid_t) {
        let size = H5Tget_size(id)
        var scalar: ScalarType?
        var name: String
        switch H5Tget_class(id) {
        case H5T_INTEGER:
            let signed = H5Tget_sign(id) == H5T_SGN_2
            name = "\(signed ? "int" : "uint")\(size * 8)"
            if H5Tget_precision(id) == size * 8 {
                scalar = ScalarType(rawValue: name)
            } else {
                name = "\(H5Tget_precision(id))-bit integer in \(size) bytes"
            }
        case H5T_FLOAT:
            scalar = Self.floatingPoint(id, size: size)
            name = scalar?.rawValue ?? "float of \(size) bytes in an unusual format"
        case H5T_ENUM:
            let isBool = Self.isBool(id, size: size)
            scalar = isBool ? .bool : nil
            name = isBool ? "bool" : "enumeration of \(H5Tget_nmembers(id)) names"
        case H5T_STRING:
            name = H5Tis_variable_str(id) > 0 ? "string of variable length" : "string of \(size) bytes"
        case H5T_VLEN: name = "list of variable length"
        case H5T_COMPOUND: name = "compound of \(H5Tget_nmembers(id)) fields"
        case H5T_ARRAY: name = "array"
        case H5T_REFERENCE: name = "reference"
        case H5T_OPAQUE: name = "opaque of \(size) bytes"
        case H5T_BITFIELD: name = "bit field of \(size) bytes"
        default: name = "unknown type"
        }
        let bigEndian = scalar != nil && size > 1 && H5Tget_order(id) == H5T_ORDER_BE
        self.scalar = scalar
        isSwapped = size > 1 && scalar != nil && bigEndian != (1.bigEndian == 1)
        description = bigEndian ? name + " (big-endian)" : name
    }

    private static func floatingPoint(_ id: hid_t, size: Int) -> ScalarType? {
        var sign = 0
        var exponent = 0
        var exponentBits = 0
        var mantissa = 0
        var mantissaBits = 0
        guard unsafe H5Tget_fields(id, &sign, &exponent, &exponentBits, &mantissa, &mantissaBits) >= 0,
            sign == size * 8 - 1, mantissa == 0, exponent == mantissaBits
        else { return nil }
        return switch (size, exponentBits, mantissaBits) {
        case (2, 5, 10): .float16
        case (2, 8, 7): .bfloat16
        case (4, 8, 23): .float32
        case (8, 11, 52): .float64
        default: nil
        }
    }

    // h5py writes numpy's bool as an enumeration of one byte with the names FALSE and TRUE.
    private static func isBool(_ id: hid_t, size: Int) -> Bool {
        guard size == 1, H5Tget_nmembers(id) == 2 else { return false }
        var names: [String] = []
        for index in 0..<UInt32(2) {
            guard let text = unsafe H5Tget_member_name(id, index) else { return false }
            names.append(unsafe String(cString: text))
            _ = unsafe H5free_memory(text)
        }
        return names == ["FALSE", "TRUE"]
    }
}
