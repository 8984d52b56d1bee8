internal import CDeflate

/// Undoes deflate in zlib framing (RFC 1950), the form in which HDF5 and zip-like formats of whole blocks store it.
///
/// One object per worker: it owns the tables that a call fills.
@safe
package struct Inflater: ~Copyable {
    private let handle: OpaquePointer

    /// Allocates the tables, about 11 KiB.
    package init() {
        guard let handle = unsafe libdeflate_alloc_decompressor() else { fatalError("Inflater: out of memory") }
        unsafe self.handle = handle
    }

    deinit { unsafe libdeflate_free_decompressor(handle) }

    /// Decompresses one whole stream and returns how many bytes it held; its checksum is verified.
    ///
    /// Bytes of `source` behind the end of the stream are ignored, as HDF5 ignores them.
    package mutating func decompress(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        var written = 0
        let result = unsafe libdeflate_zlib_decompress_ex(
            handle, source.baseAddress, source.count, destination.baseAddress, destination.count, nil, &written)
        switch result {
        case LIBDEFLATE_SUCCESS: return written
        case LIBDEFLATE_INSUFFICIENT_SPACE: throw .tooLarge(codec: "deflate", expected: destination.count)
        default: throw .corrupt(codec: "deflate")
        }
    }
}

/// Compresses with deflate in zlib framing (RFC 1950).
///
/// One object per worker. The same input and level give the same bytes with the same version of libdeflate.
@safe
package struct Deflater: ~Copyable {
    private let handle: OpaquePointer

    /// Prepares a compressor of level 1 (fast) to 12 (small); 4 is a good level for data that is written once.
    package init(level: Int) {
        precondition((1...12).contains(level), "Deflater: level \(level) is outside 1...12")
        guard let handle = unsafe libdeflate_alloc_compressor(Int32(level)) else {
            fatalError("Deflater: out of memory")
        }
        unsafe self.handle = handle
    }

    deinit { unsafe libdeflate_free_compressor(handle) }

    /// The most bytes that a stream of `byteCount` bytes can take.
    package func bound(of byteCount: Int) -> Int {
        unsafe libdeflate_zlib_compress_bound(handle, byteCount)
    }

    /// Compresses `source` and returns the length of the stream.
    ///
    /// Traps when `destination` is shorter than `bound(of:)` and the stream does not fit.
    package mutating func compress(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) -> Int {
        let written = unsafe libdeflate_zlib_compress(
            handle, source.baseAddress, source.count, destination.baseAddress, destination.count)
        precondition(written > 0, "Deflater: \(destination.count) bytes are too few for \(source.count) bytes")
        return written
    }
}
