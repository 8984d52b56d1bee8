internal import Memory
internal import Shards

/// A column of an MDS dataset: how its values are encoded, and what they become.
struct MDSColumn: Sendable {
    /// What the bytes of a value are.
    enum Encoding: Sendable, Equatable {
        /// Numbers of a fixed type and shape.
        case numbers(ScalarType, Shape)
        /// An array that says its shape, and its type unless that is fixed.
        case array(ScalarType?, Shape?)
        /// The pixels of an image of Pillow: width, height and the length of the mode, the mode, rows of bytes.
        case pixels
        /// Text that is an integer, or any number.
        case integerText
        case numberText
        /// Bytes as they are.
        case bytes(ShardColumn.Encoding?)
    }

    /// Why a column or value cannot be taken.
    struct Flaw: Error { let reason: String }

    let source: MDSIndex.Column
    let encoding: Encoding
    var column: ShardColumn

    private static let scalars: [String: ScalarType] = Dictionary(
        uniqueKeysWithValues: [
            .uint8, .uint16, .uint32, .uint64, .int8, .int16, .int32, .int64, .float16, .float32, .float64,
        ].map { (type: ScalarType) in (type.rawValue, type) })

    /// Reads a column's description. Of arrays that say their shape the column is known once values were looked at.
    init(_ source: MDSIndex.Column, keepsPickles: Bool) throws(Flaw) {
        self.source = source
        let name = source.name
        let parts = source.encoding.split(separator: ":", omittingEmptySubsequences: false)
        if let scalar = Self.scalars[source.encoding] {
            encoding = .numbers(scalar, [])
            column = ShardColumn(name, scalar)
        } else {
            switch String(parts[0]) {
            case "int":
                encoding = .numbers(.int64, [])
                column = ShardColumn(name, .int64)
            case "ndarray":
                let type = parts.count > 1 ? Self.scalars[String(parts[1])] : nil
                guard parts.count <= 3, parts.count == 1 || type != nil else {
                    throw Flaw(reason: "the type of \(source.encoding) is unknown")
                }
                var shape: Shape?
                if parts.count == 3 {
                    let extents = parts[2].split(separator: ",").compactMap { Int($0) }
                    guard let elements = product(extents), elements > 0, elements < 1 << 30, !extents.isEmpty else {
                        throw Flaw(reason: "the shape of \(source.encoding) is impossible")
                    }
                    shape = Shape(extents)
                }
                if let type, let shape { encoding = .numbers(type, shape) } else { encoding = .array(type, shape) }
                column = ShardColumn(name, type ?? .uint8, rowShape: shape ?? [])
            case "str", "str_decimal", "json":
                encoding = .bytes(.text)
                column = ShardColumn(bytes: name, encoding: .text)
            case "str_int":
                encoding = .integerText
                column = ShardColumn(name, .int64)
            case "str_float":
                encoding = .numberText
                column = ShardColumn(name, .float64)
            case "jpeg", "png":
                encoding = .bytes(.image)
                column = ShardColumn(bytes: name, encoding: .image)
            case "pil":
                encoding = .pixels
                column = ShardColumn(name, .uint8)
            case "bytes":
                encoding = .bytes(nil)
                column = ShardColumn(bytes: name)
            case "jpeg_array", "jpegarray", "list[jpeg]", "list[pil]":
                throw Flaw(
                    reason:
                        "the encoding \(source.encoding) is not read, as its layout is not documented; write the images as "
                        + "jpeg, one a sample")
            case "pkl" where keepsPickles:
                encoding = .bytes(nil)
                column = ShardColumn(bytes: name)
            case "pkl":
                throw Flaw(
                    reason: "its values are pickles, which only Python can read; write them as ndarray, json or bytes,"
                        + " or keep them as bytes by --keep-pickles")
            default:
                throw Flaw(
                    reason: "the encoding \(source.encoding) is not read; expected numbers, ndarray, str, bytes, json,"
                        + " pil, jpeg or png")
            }
        }
        if case .numbers(let type, let shape) = encoding, source.size != shape.elementCount * type.byteCount {
            throw Flaw(
                reason:
                    "expected values of \(shape.elementCount * type.byteCount) bytes of \(source.encoding), the index"
                    + " says \(source.size.map(String.init) ?? "any")")
        }
    }

    /// Whether the column is known only once values were looked at.
    var isDynamic: Bool {
        switch encoding {
        case .array, .pixels: true
        default: false
        }
    }

    /// The type, extents and bytes of a value that says them itself.
    func array(_ value: UnsafeRawBufferPointer) throws(Flaw) -> (ScalarType, Shape, UnsafeRawBufferPointer) {
        var place = 0
        func take(_ count: Int) throws(Flaw) -> Int {
            guard place <= value.count - count else { throw Flaw(reason: "truncated: it has \(value.count) bytes") }
            var result: UInt64 = 0
            for index in (0..<count).reversed() { result = result << 8 | UInt64(value[place + index]) }
            place += count
            guard let number = Int(exactly: result) else { throw Flaw(reason: "an extent of \(result) is impossible") }
            return number
        }
        var type = ScalarType.uint8
        var shape: [Int] = []
        if case .array(let fixedType, let fixedShape) = encoding {
            if let fixedType {
                type = fixedType
            } else {
                let code = try take(1)
                guard let found = Self.codes[code] else { throw Flaw(reason: "the type code \(code) is unknown") }
                type = found
            }
            if let fixedShape {
                shape = fixedShape.dimensions
            } else {
                let code = try take(1)
                for _ in 0..<code >> 2 { shape.append(try take(1 << (code & 3))) }
            }
        } else {
            let (width, height, letters) = (try take(4), try take(4), try take(4))
            guard letters <= 8, place <= value.count - letters else { throw Flaw(reason: "its mode is missing") }
            let mode = String(decoding: value[place..<place + letters], as: UTF8.self)
            place += letters
            guard let channels = ["L": [], "RGB": [3], "RGBA": [4], "P": nil][mode] ?? nil else {
                throw Flaw(reason: "expected an image of mode L, RGB or RGBA, found \(mode); write it as png")
            }
            shape = [height, width] + channels
        }
        guard let elements = product(shape), let bytes = product([elements, type.byteCount]),
            bytes == value.count - place
        else {
            throw Flaw(
                reason: "expected the \(type) values of shape \(Shape(shape)), found \(value.count - place) bytes")
        }
        return (type, Shape(shape), UnsafeRawBufferPointer(rebasing: value[place...]))
    }

    // The codes of value types: bits, and which of those of as many bits.
    private static let codes: [Int: ScalarType] = [
        8: .uint8, 9: .int8, 16: .uint16, 17: .int16, 18: .float16, 32: .uint32, 33: .int32, 34: .float32,
        64: .uint64, 65: .int64, 66: .float64,
    ]

    /// Appends a value to a row that is being built.
    func append(_ value: UnsafeRawBufferPointer, to rows: RowChunk, column number: Int) throws(Flaw) {
        switch encoding {
        case .bytes, .numbers:
            if encoding == .bytes(.text), let reason = TextBytes.flaw(value) { throw Flaw(reason: reason) }
            rows.append(value, column: number)
        case .array, .pixels:
            let (type, shape, bytes) = try array(value)
            let inner = column.isRagged ? shape.withoutFirst : shape
            guard type == column.type, inner == column.rowShape, !column.isRagged || shape.rank > 0 else {
                let first = column.isRagged ? "any number of \(column.rowShape)" : "\(column.rowShape)"
                throw Flaw(reason: "expected \(column.type) \(first), as in the first samples, found \(type) \(shape)")
            }
            rows.append(bytes, column: number)
        case .integerText, .numberText:
            let padded = Array(value) + [0]
            let reader = CSVNumber.Reader()
            let stored = padded.withUnsafeBufferPointer { padded -> Bool in
                let text = UnsafeBufferPointer(rebasing: padded.dropLast())
                var bits: UInt64 = 0
                return withUnsafeMutableBytes(of: &bits) { memory in
                    guard let place = memory.baseAddress else { return false }
                    if encoding == .numberText {
                        guard let value = CSVNumber.whole(text, reader) else { return false }
                        _ = ScalarType.float64.store(value, at: place)
                    } else {
                        guard let (value, isNegative) = CSVNumber.integer(text, reader),
                            ScalarType.int64.store(value, isNegative: isNegative, at: place)
                        else { return false }
                    }
                    rows.append(UnsafeRawBufferPointer(memory), column: number)
                    return true
                }
            }
            guard stored else {
                throw Flaw(reason: "expected a number, found \"\(String(decoding: value.prefix(40), as: UTF8.self))\"")
            }
        }
    }
}
