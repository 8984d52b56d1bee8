/// The checksum of HDF5's fletcher32 filter: Fletcher's sums modulo 65535 over big-endian 16-bit words.
///
/// The filter appends the sum as four little-endian bytes. See `H5_checksum_fletcher32` in HDF5's `H5checksum.c`.
package enum Fletcher32 {
    /// Bytes that the filter appends.
    package static let byteCount = 4

    /// The checksum of `bytes`.
    package static func checksum(_ bytes: UnsafeRawBufferPointer) -> UInt32 {
        var first: UInt32 = 0
        var second: UInt32 = 0
        let words = bytes.count / 2
        var index = 0
        while index < words {
            // 360 words are the most that 32-bit sums hold between two reductions.
            let end = min(index + 360, words)
            while index < end {
                first &+= UInt32(
                    unsafe UInt16(bigEndian: bytes.loadUnaligned(fromByteOffset: index * 2, as: UInt16.self)))
                second &+= first
                index += 1
            }
            first = (first & 0xffff) + (first >> 16)
            second = (second & 0xffff) + (second >> 16)
        }
        if bytes.count % 2 != 0 {
            first += UInt32(unsafe bytes[bytes.count - 1]) << 8
            second += first
            first = (first & 0xffff) + (first >> 16)
            second = (second & 0xffff) + (second >> 16)
        }
        first = (first & 0xffff) + (first >> 16)
        second = (second & 0xffff) + (second >> 16)
        return second << 16 | first
    }

    /// Checks the sum behind `bytes` and returns how many bytes it covers.
    ///
    /// HDF5 before 1.6.3 stored the sum with the bytes of each half swapped; the library accepts that form, and so does
    /// this function.
    package static func verify(_ bytes: UnsafeRawBufferPointer) throws(CodecError) -> Int {
        guard bytes.count >= byteCount else { throw .corrupt(codec: "fletcher32") }
        let length = bytes.count - byteCount
        let stored = unsafe UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: length, as: UInt32.self))
        let computed = unsafe checksum(UnsafeRawBufferPointer(rebasing: bytes[..<length]))
        let swapped = (computed & 0x00ff_00ff) << 8 | (computed & 0xff00_ff00) >> 8
        guard stored == computed || stored == swapped else {
            throw .checksum(codec: "fletcher32", stored: stored, computed: computed)
        }
        return length
    }
}
