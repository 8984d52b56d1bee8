/// Reads the fields of a framing one after the other; a field that the bytes are too short for is an error.
///
/// Safe to use while the bytes live: it is made, used and dropped inside one call of a decoder.
@safe
struct ByteCursor {
    private let bytes: UnsafeRawBufferPointer
    private let codec: String
    private(set) var offset = 0

    init(_ bytes: UnsafeRawBufferPointer, codec: String) {
        unsafe self.bytes = bytes
        self.codec = codec
    }

    /// The next eight bytes as a big-endian number.
    mutating func bigEndian64() throws(CodecError) -> UInt64 {
        let field = try unsafe take(8)
        return unsafe UInt64(bigEndian: field.loadUnaligned(as: UInt64.self))
    }

    /// The next four bytes as a big-endian number.
    mutating func bigEndian32() throws(CodecError) -> Int {
        let field = try unsafe take(4)
        return Int(unsafe UInt32(bigEndian: field.loadUnaligned(as: UInt32.self)))
    }

    /// The next `count` bytes.
    mutating func take(_ count: Int) throws(CodecError) -> UnsafeRawBufferPointer {
        guard unsafe count <= bytes.count - offset else { throw .corrupt(codec: codec) }
        defer { offset += count }
        return unsafe UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + count])
    }
}
