/// Little-endian fields one after the other. Reading past the end gives zeros and sets `isExhausted`.
struct ByteFields {
    private let bytes: ArraySlice<UInt8>
    private(set) var position: Int
    private(set) var isExhausted = false

    init(_ bytes: [UInt8]) { self.init(bytes[...]) }

    init(_ bytes: ArraySlice<UInt8>) {
        self.bytes = bytes
        position = bytes.startIndex
    }

    /// Bytes that are left.
    var remaining: Int { bytes.endIndex - position }

    /// An unsigned integer of `size` bytes, at most 8.
    mutating func integer(_ size: Int) -> UInt64 {
        guard size <= remaining else {
            isExhausted = true
            position = bytes.endIndex
            return 0
        }
        var value: UInt64 = 0
        for index in 0..<min(size, 8) { value |= UInt64(bytes[position + index]) << UInt64(8 * index) }
        position += size
        return value
    }

    /// An address; all bits set stand for "none".
    mutating func address(_ size: Int) -> UInt64? {
        let value = integer(size)
        let none = size >= 8 ? UInt64.max : (1 << UInt64(8 * size)) - 1
        return value == none ? nil : value
    }

    mutating func skip(_ count: Int) {
        isExhausted = isExhausted || count > remaining
        position += min(count, remaining)
    }

    /// The next `count` bytes, as far as there are any.
    mutating func take(_ count: Int) -> ArraySlice<UInt8> {
        let start = position
        skip(count)
        return bytes[start..<position]
    }
}
