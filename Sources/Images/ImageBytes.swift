/// Bytes of a file whose every access is checked; what lies outside is nil.
///
/// Safe to use while the bytes live: it is made, used and dropped inside one call.
@safe
struct ImageBytes {
    private let bytes: UnsafeRawBufferPointer

    init(_ bytes: UnsafeRawBufferPointer) { unsafe self.bytes = bytes }

    var count: Int { unsafe bytes.count }

    subscript(index: Int) -> UInt8? {
        unsafe index >= 0 && index < bytes.count ? bytes[index] : nil
    }

    /// Two bytes as a number, the high one first unless `isLittleEndian`.
    func number16(at offset: Int, isLittleEndian: Bool = false) -> Int? {
        guard let first = self[offset], let second = self[offset + 1] else { return nil }
        return isLittleEndian ? Int(second) << 8 | Int(first) : Int(first) << 8 | Int(second)
    }

    /// Four bytes as a number, the high one first unless `isLittleEndian`.
    func number32(at offset: Int, isLittleEndian: Bool = false) -> Int? {
        guard let first = number16(at: offset, isLittleEndian: isLittleEndian),
            let second = number16(at: offset + 2, isLittleEndian: isLittleEndian)
        else { return nil }
        return isLittleEndian ? second << 16 | first : first << 16 | second
    }

    /// Whether these bytes are at `offset`.
    func has(_ expected: [UInt8], at offset: Int) -> Bool {
        for (index, byte) in expected.enumerated() where self[offset + index] != byte { return false }
        return true
    }

    func hasPrefix(_ expected: [UInt8]) -> Bool { has(expected, at: 0) }

    /// The bytes of a range, cut at the end of all.
    func part(from start: Int, count: Int) -> ImageBytes {
        let first = min(max(start, 0), self.count)
        let length = min(max(count, 0), self.count - first)
        return unsafe ImageBytes(UnsafeRawBufferPointer(rebasing: bytes[first..<first + length]))
    }
}
