internal import CBlosc

/// Undoes Blosc of the first generation, HDF5's filter 32001: blocks of blosclz, lz4, snappy, zlib or zstd, byte- or
/// bit-shuffled, behind a header of 16 bytes.
package enum Blosc {
    private static let codec = "blosc"
    private static let headerBytes = 16

    /// Names of the codecs by the number that the filter's parameters hold.
    private static let codecNames = ["blosclz", "lz4", "lz4hc", "snappy", "zlib", "zstd"]
    // Names by the number in a stream's header, where lz4 and lz4hc are one format.
    private static let formatNames = ["blosclz", "lz4", "snappy", "zlib", "zstd"]

    /// Whether the library decodes the codec with this number in the filter's parameters, and what it is called.
    package static func codec(number: Int) -> (name: String, isAvailable: Bool)? {
        guard codecNames.indices.contains(number) else { return nil }
        return (codecNames[number], isAvailable(codecNames[number]))
    }

    /// The most bytes that the library allocates while it decodes a chunk of `byteCount` bytes: two blocks, which can be
    /// as long as the chunk, four bytes for each byte of an element of at most 255, and the tables of zstd, the largest.
    package static func scratchBytes(of byteCount: Int) -> Int { 2 * byteCount + 4 * 255 + ZstdDecoder.contextBytes }

    /// Decompresses one chunk and returns how many bytes it held.
    package static func decompress(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        guard source.count >= headerBytes else { throw .corrupt(codec: codec) }
        let stored = unsafe little32(source, at: 12)
        guard stored == source.count else {
            throw .badHeader(codec: codec, "its header says \(stored) stored bytes, found \(source.count)")
        }
        var total = 0
        guard unsafe blosc_cbuffer_validate(source.baseAddress, source.count, &total) == 0 else {
            throw .corrupt(codec: codec)
        }
        guard total <= destination.count else { throw .tooLarge(codec: codec, expected: destination.count) }
        let block = unsafe little32(source, at: 8)
        // The library allocates two blocks before it looks at the data.
        guard block > 0, block <= max(total, 1), total > 0 else {
            throw .badHeader(codec: codec, "its header says blocks of \(block) bytes in \(total)")
        }
        let written = unsafe blosc_decompress_ctx(source.baseAddress, destination.baseAddress, total, 1)
        guard written >= 0 else {
            let format = Int(unsafe source[2] >> 5)
            guard formatNames.indices.contains(format) else {
                throw .badHeader(codec: codec, "its header names codec \(format), which does not exist")
            }
            guard isAvailable(formatNames[format]) else {
                throw .unavailable(codec: codec, "this Blosc library was built without \(formatNames[format])")
            }
            throw .corrupt(codec: codec)
        }
        guard Int(written) == total else { throw .wrongSize(codec: codec, expected: total, found: Int(written)) }
        return total
    }

    private static func isAvailable(_ name: String) -> Bool { unsafe blosc_compname_to_compcode(name) >= 0 }

    private static func little32(_ bytes: UnsafeRawBufferPointer, at offset: Int) -> Int {
        Int(unsafe UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
    }
}
