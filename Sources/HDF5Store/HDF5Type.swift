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

    /// What can be done about elements that are not numbers; nil for numbers.
    package let unsupportedAdvice: String?

    // Reads the description of the type behind `id`. Called inside the library's lock.
    init(_ id: hid_t) {
        let size = H5Tget_size(id)
        let kind = H5Tget_class(id)
        var scalar: ScalarType?
        var name: String
        switch kind {
        case H5T_INTEGER:
            let signed = H5Tget_sign(id) == H5T_SGN_2
            name = "\(signed ? "int" : "uint")\(size * 8)"
            if H5Tget_precision(id) == size * 8 {
                scalar = ScalarType(rawValue: name)
            } else {
                name = "\(H5Tget_precision(id))-bit integer in \(size) bytes"
            }
        case H5T_FLOAT:
            scalar = floatingPoint(id, size: size)
            name = scalar?.rawValue ?? "float of \(size) bytes in an unusual format"
        case H5T_ENUM:
            let isBool = isBool(id, size: size)
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
        unsupportedAdvice = scalar == nil ? Self.advice(for: kind) : nil
    }
}

extension HDF5Type {
    // What to do about a class of types that are no numbers. Numbers themselves come here in unusual formats.
    private static func advice(for kind: H5T_class_t) -> String {
        switch kind {
        case H5T_STRING:
            "store what they stand for as integers (class numbers, token numbers), or convert the data with"
                + " `millrace shard convert`, which keeps text as a bytes column and reads CSV"
        case H5T_VLEN:
            "convert the data with `millrace shard convert`, which keeps lists of numbers as a ragged column, or pad"
                + " them to one length"
        case H5T_COMPOUND:
            "store each field as a dataset of its own (a complex number as two), or export the table to CSV and convert"
                + " it with `millrace shard convert`, which makes a column of each field"
        case H5T_OPAQUE:
            "convert the data with `millrace shard convert`, which keeps them as a bytes column, or store them as uint8"
        case H5T_ENUM:
            "store the values as integers, or export them to CSV and convert that with `millrace shard convert`;"
                + " an enumeration counts as bool when its names are FALSE = 0 and TRUE = 1 in one byte"
        case H5T_ARRAY:
            "store the array's extents as extents of the dataset"
        case H5T_REFERENCE:
            "store the rows that they point to as a dataset of its own"
        case H5T_BITFIELD:
            "store them as integers of the same size"
        default:
            "store them as integers of 1, 2, 4 or 8 bytes, or as floating point numbers of IEEE's formats or bfloat16"
        }
    }
}

// The number format of a floating point type. A format is its fields and its bias: the same fields with another bias or
// without the hidden bit (as VAX and IBM machines had) are other numbers.
private func floatingPoint(_ id: hid_t, size: Int) -> ScalarType? {
    var sign = 0
    var exponent = 0
    var exponentBits = 0
    var mantissa = 0
    var mantissaBits = 0
    guard unsafe H5Tget_fields(id, &sign, &exponent, &exponentBits, &mantissa, &mantissaBits) >= 0,
        sign == size * 8 - 1, mantissa == 0, exponent == mantissaBits, H5Tget_norm(id) == H5T_NORM_IMPLIED,
        H5Tget_ebias(id) == (1 << (exponentBits - 1)) - 1,
        H5Tget_order(id) == H5T_ORDER_LE || H5Tget_order(id) == H5T_ORDER_BE
    else { return nil }
    return switch (size, exponentBits, mantissaBits) {
    case (2, 5, 10): .float16
    case (2, 8, 7): .bfloat16
    case (4, 8, 23): .float32
    case (8, 11, 52): .float64
    default: nil
    }
}

// h5py writes numpy's bool as an enumeration of one byte, FALSE = 0 and TRUE = 1, as netCDF and others do in any case
// and order. The values decide: an enumeration in which TRUE is 0 would be read as its opposite.
private func isBool(_ id: hid_t, size: Int) -> Bool {
    guard size == 1, H5Tget_nmembers(id) == 2 else { return false }
    var values: [String: UInt8] = [:]
    for index in 0..<UInt32(2) {
        guard let text = unsafe H5Tget_member_name(id, index) else { return false }
        let name = unsafe String(cString: text)
        _ = unsafe H5free_memory(text)
        var value: UInt8 = 0
        guard unsafe H5Tget_member_value(id, index, &value) >= 0 else { return false }
        values[name.lowercased()] = value
    }
    return values == ["false": 0, "true": 1]
}
