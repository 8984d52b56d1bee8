/// Bob Jenkins' hash "lookup3", the checksum of metadata in HDF5's latest formats (File Format Specification 3.0,
/// section VIII).
package enum Lookup3 {
    /// The checksum of `bytes`, with an initial value of 0.
    package static func checksum(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        unsafe checksum(bytes.span.bytes)
    }

    private static func checksum(_ bytes: RawSpan) -> UInt32 {
        var a: UInt32 = 0xdead_beef &+ UInt32(truncatingIfNeeded: bytes.byteCount)
        var (b, c) = (a, a)
        var position = 0
        // The last group, of 1 to 12 bytes, is mixed in another way.
        while bytes.byteCount - position > 12 {
            unsafe a &+= UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position, as: UInt32.self))
            unsafe b &+= UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position + 4, as: UInt32.self))
            unsafe c &+= UInt32(littleEndian: bytes.unsafeLoadUnaligned(fromByteOffset: position + 8, as: UInt32.self))
            a = (a &- c) ^ rotated(c, 4)
            c &+= b
            b = (b &- a) ^ rotated(a, 6)
            a &+= c
            c = (c &- b) ^ rotated(b, 8)
            b &+= a
            a = (a &- c) ^ rotated(c, 16)
            c &+= b
            b = (b &- a) ^ rotated(a, 19)
            a &+= c
            c = (c &- b) ^ rotated(b, 4)
            b &+= a
            position += 12
        }
        guard position < bytes.byteCount else { return c }
        a &+= word(bytes, position)
        b &+= word(bytes, position + 4)
        c &+= word(bytes, position + 8)
        c = (c ^ b) &- rotated(b, 14)
        a = (a ^ c) &- rotated(c, 11)
        b = (b ^ a) &- rotated(a, 25)
        c = (c ^ b) &- rotated(b, 16)
        a = (a ^ c) &- rotated(c, 4)
        b = (b ^ a) &- rotated(a, 14)
        return (c ^ b) &- rotated(b, 24)
    }

    // Four bytes, little-endian; zeros stand for what is behind the end.
    private static func word(_ bytes: RawSpan, _ position: Int) -> UInt32 {
        var value: UInt32 = 0
        for index in position..<max(position, min(position + 4, bytes.byteCount)) {
            unsafe value |=
                UInt32(bytes.unsafeLoad(fromByteOffset: index, as: UInt8.self)) << UInt32(8 * (index - position))
        }
        return value
    }

    private static func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 { value << count | value >> (32 - count) }
}
