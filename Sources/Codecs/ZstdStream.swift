internal import CZstd

/// Undoes zstd in pieces: frames one after the other, skippable ones among them.
@safe
package final class ZstdStream: StreamDecoder {
    private static let codec = "zstd"

    /// Frames whose window is larger than this are refused: memory is bounded whatever a frame claims. `zstd --ultra`
    /// uses windows of up to 128 MiB; `--long` may use more.
    package static let mostWindowBytes = 128 << 20

    private let context: OpaquePointer
    private var isBetweenFrames = false

    /// Allocates a decoder; its window comes with the first frame.
    package init() {
        guard let context = unsafe ZSTD_createDStream() else { fatalError("ZstdStream: out of memory") }
        unsafe self.context = context
        _ = unsafe ZSTD_DCtx_setParameter(context, ZSTD_d_windowLogMax, 27)
    }

    deinit { _ = unsafe ZSTD_freeDStream(context) }

    package var isComplete: Bool { isBetweenFrames }

    package func decode(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> (taken: Int, written: Int) {
        var input = unsafe ZSTD_inBuffer(src: source.baseAddress, size: source.count, pos: 0)
        var output = unsafe ZSTD_outBuffer(dst: destination.baseAddress, size: destination.count, pos: 0)
        while unsafe input.pos < input.size || !isBetweenFrames, unsafe output.pos < output.size {
            let before = unsafe (input.pos, output.pos)
            let status = unsafe ZSTD_decompressStream(context, &output, &input)
            guard ZSTD_isError(status) == 0 else {
                switch ZSTD_getErrorCode(status) {
                case ZSTD_error_frameParameter_windowTooLarge:
                    throw .unavailable(
                        codec: Self.codec, "its window is larger than 128 MiB; compress it again without --long")
                case ZSTD_error_prefix_unknown:
                    throw .badHeader(codec: Self.codec, "it does not begin with the mark of a zstd frame")
                default: throw .corrupt(codec: Self.codec)
                }
            }
            isBetweenFrames = status == 0
            if unsafe before == (input.pos, output.pos) { break }
        }
        return unsafe (input.pos, output.pos)
    }
}
