internal import CZstd

/// Undoes zstd: one plain frame, as HDF5's zstd filter (32015) stores it.
///
/// One object per worker: it owns the tables that a call fills.
@safe
package struct ZstdDecoder: ~Copyable {
    private static let codec = "zstd"
    private let context: OpaquePointer

    /// Bytes of the tables of one decoder, about 95 KiB.
    ///
    /// Decoding into the caller's memory in one call needs no window: this does not grow with what a frame claims.
    package static let contextBytes: Int = {
        let decoder = ZstdDecoder()
        return unsafe ZSTD_sizeof_DCtx(decoder.context)
    }()

    /// Allocates the tables.
    package init() {
        guard let context = unsafe ZSTD_createDCtx() else { fatalError("ZstdDecoder: out of memory") }
        unsafe self.context = context
    }

    deinit { _ = unsafe ZSTD_freeDCtx(context) }

    /// Decompresses the frame that is all of `source` and returns how many bytes it held.
    ///
    /// The content size in the frame's header, where there is one, must be what decodes; so must the checksum.
    package mutating func decompress(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        // Frames of versions before 0.8 are decoded by other code, which allocates: they are none of this filter's.
        guard source.count >= 4, unsafe source.loadUnaligned(as: UInt32.self).littleEndian == ZSTD_MAGICNUMBER else {
            throw .badHeader(codec: Self.codec, "it does not begin with the mark of a zstd frame")
        }
        let claimed = unsafe ZSTD_getFrameContentSize(source.baseAddress, source.count)
        guard claimed != Self.contentSizeError else { throw .corrupt(codec: Self.codec) }
        guard claimed == Self.contentSizeUnknown || claimed <= UInt64(destination.count) else {
            throw .tooLarge(codec: Self.codec, expected: destination.count)
        }
        guard unsafe ZSTD_findFrameCompressedSize(source.baseAddress, source.count) == source.count else {
            throw .corrupt(codec: Self.codec)
        }
        let written = unsafe ZSTD_decompressDCtx(
            context, destination.baseAddress, destination.count, source.baseAddress, source.count)
        guard ZSTD_isError(written) == 0 else {
            if ZSTD_getErrorCode(written) == ZSTD_error_dstSize_tooSmall {
                throw .tooLarge(codec: Self.codec, expected: destination.count)
            }
            // The blocks were decoded, as many bytes as claimed, and are not what was compressed.
            if ZSTD_getErrorCode(written) == ZSTD_error_checksum_wrong, claimed != Self.contentSizeUnknown {
                let content = unsafe UnsafeRawBufferPointer(rebasing: destination[..<Int(claimed)])
                throw .checksum(
                    codec: Self.codec,
                    stored: unsafe source.loadUnaligned(fromByteOffset: source.count - 4, as: UInt32.self).littleEndian,
                    computed: unsafe UInt32(truncatingIfNeeded: XXHash64.hash(content)))
            }
            throw .corrupt(codec: Self.codec)
        }
        guard claimed == Self.contentSizeUnknown || claimed == UInt64(written) else {
            throw .wrongSize(codec: Self.codec, expected: Int(claimed), found: written)
        }
        return written
    }

    // ZSTD_CONTENTSIZE_UNKNOWN and ZSTD_CONTENTSIZE_ERROR: macros with casts, which Swift does not import.
    private static let contentSizeUnknown = UInt64.max
    private static let contentSizeError = UInt64.max - 1
}
