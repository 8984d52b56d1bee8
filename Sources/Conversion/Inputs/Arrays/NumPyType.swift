internal import Memory
internal import Shards

/// NumPy's description of an element (`dtype.descr`) as fields of columns.
struct NumPyType {
    /// Why a type cannot be a column.
    struct Unsupported: Error { let description: String }

    /// One field of an element: its name (empty for an element without fields), where it lies and what it is.
    struct Field {
        let name: String
        let offset: Int
        let byteCount: Int
        let kind: StoredField.Kind
        /// The type of numbers; nil for text.
        let scalar: ScalarType?
        /// The extents of an array inside the element.
        let shape: [Int]
    }

    /// Bytes of an element.
    private(set) var byteCount = 0
    private(set) var fields: [Field] = []

    /// Whether the element is one value.
    let isPlain: Bool

    /// Reads `'<f4'` or `[('a', '<f4', (2,)), …]`.
    init(_ description: PythonLiteral) throws(Unsupported) {
        if case .string = description { isPlain = true } else { isPlain = false }
        try add(description, name: "", shape: [], depth: 0)
        guard !fields.isEmpty, byteCount > 0 else { throw Unsupported(description: "its elements have no bytes") }
    }

    private mutating func add(
        _ description: PythonLiteral, name: String, shape: [Int], depth: Int
    ) throws(Unsupported) {
        switch description {
        case .string(let code): try add(code, name: name, shape: shape)
        case .sequence(let members):
            guard shape.isEmpty, depth < 8 else {
                throw Unsupported(
                    description: "the field \(name) is an array of structures; save its fields as arrays of their own")
            }
            for member in members {
                guard case .sequence(let parts) = member, parts.count == 2 || parts.count == 3 else {
                    throw Unsupported(description: "a field is not a pair of name and type")
                }
                var fieldName = ""
                switch parts[0] {
                case .string(let text): fieldName = text
                // A title and a name.
                case .sequence(let names):
                    if case .string(let text)? = names.last { fieldName = text }
                default: break
                }
                var extents: [Int] = []
                if parts.count == 3 {
                    guard let found = parts[2].extents else {
                        throw Unsupported(description: "the shape of the field \(fieldName) is not a tuple of integers")
                    }
                    extents = found
                }
                try add(
                    parts[1], name: name.isEmpty ? fieldName : "\(name).\(fieldName)", shape: extents,
                    depth: depth + 1)
            }
        default: throw Unsupported(description: "its type is neither a string nor a list of fields")
        }
    }

    private mutating func add(_ code: String, name: String, shape: [Int]) throws(Unsupported) {
        var text = Substring(code)
        var order: Character = "|"
        if let first = text.first, "<>|=".contains(first) {
            order = first
            text = text.dropFirst()
        }
        let letter = text.first ?? " "
        let size = Int(text.dropFirst().prefix { $0 != "[" }) ?? 0
        let isSwapped = size > 1 && (order == ">") != (1.bigEndian == 1) && order != "|" && order != "="
        var kind = StoredField.Kind.numbers(elementSize: size, isSwapped: isSwapped)
        var scalar: ScalarType?
        var bytes = size
        switch letter {
        case "b" where size == 1: scalar = .bool
        case "i": scalar = ScalarType(rawValue: "int\(size &* 8)")
        case "u": scalar = ScalarType(rawValue: "uint\(size &* 8)")
        case "f": scalar = ScalarType(rawValue: "float\(size &* 8)")
        case "S", "a": kind = .bytes
        case "U":
            bytes = size.multipliedReportingOverflow(by: 4).partialValue
            kind = .characters(isSwapped: (order == ">") != (1.bigEndian == 1))
        case "V":
            // Padding between fields has no name; bfloat16 of ml_dtypes is saved as two bytes without a type.
            guard name.isEmpty || !name.hasSuffix(".") else { break }
            if name.isEmpty, !isPlain { return try skip(size) }
        default: break
        }
        let isText = letter == "S" || letter == "a" || letter == "U"
        guard scalar != nil || isText, size >= 0, bytes >= 0, bytes <= StoredRows.mostRowBytes else {
            throw Unsupported(description: Self.advice(letter, code, name))
        }
        guard !isText || shape.isEmpty else {
            throw Unsupported(description: "the field \(name) is an array of text; a column of text has one a row")
        }
        guard let count = product(shape), let total = product([count, bytes]), total <= StoredRows.mostRowBytes else {
            throw Unsupported(description: "the shape \(Shape(shape)) is impossible")
        }
        fields.append(
            Field(
                name: name, offset: byteCount, byteCount: total, kind: kind, scalar: scalar, shape: shape))
        try skip(total)
    }

    private mutating func skip(_ count: Int) throws(Unsupported) {
        byteCount += count
        guard count >= 0, byteCount <= StoredRows.mostRowBytes else {
            throw Unsupported(description: "its elements are larger than \(StoredRows.mostRowBytes) bytes")
        }
    }

    private static func advice(_ letter: Character, _ code: String, _ name: String) -> String {
        let what = name.isEmpty ? "its elements are" : "the field \(name) is"
        return switch letter {
        case "O":
            "\(what) Python objects ('\(code)'), stored as a pickle, which only Python can read; save the values with a"
                + " dtype of numbers or text"
        case "c": "\(what) complex ('\(code)'); save real and imaginary parts, for example a.view('f4')"
        case "M", "m": "\(what) times ('\(code)'); save them as integers: a.astype('i8')"
        case "V":
            "\(what) raw bytes ('\(code)'); save them as uint8, or bfloat16 as float32: a.astype('f4')"
        default: "\(what) of the type '\(code)', which is no number of 1, 2, 4 or 8 bytes; convert it with astype"
        }
    }
}

extension PythonLiteral {
    /// A tuple of integers that are not negative, or one integer.
    var extents: [Int]? {
        switch self {
        case .integer(let value): return value >= 0 ? [value] : nil
        case .sequence(let elements):
            var result: [Int] = []
            for element in elements {
                guard case .integer(let value) = element, value >= 0 else { return nil }
                result.append(value)
            }
            return result
        default: return nil
        }
    }
}

/// The product of extents; nil when it is too large for sizes in memory.
func product(_ extents: [Int]) -> Int? {
    var result = 1
    for extent in extents {
        let (next, overflow) = result.multipliedReportingOverflow(by: extent)
        guard !overflow, next >= 0, next < Int.max / 8 else { return nil }
        result = next
    }
    return result
}
