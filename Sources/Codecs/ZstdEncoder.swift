internal import CZstd

/// Makes zstd frames that carry their content's size and checksum.
///
/// One object per worker: it owns the tables that a call fills. The same bytes and level give the same frame with one
/// version of the library.
@safe
package struct ZstdEncoder: ~Copyable {
    private let context: OpaquePointer

    /// The levels that the library has; 3 is its default, and negative ones trade ratio for speed.
    package static let levels = Int(ZSTD_minCLevel())...Int(ZSTD_maxCLevel())

    /// Prepares frames of a level, which must be one of `levels`.
    package init(level: Int) {
        precondition(Self.levels.contains(level), "ZstdEncoder: level \(level) is not in \(Self.levels)")
        guard let context = unsafe ZSTD_createCCtx() else { fatalError("ZstdEncoder: out of memory") }
        unsafe self.context = context
        for (parameter, value) in [
            (ZSTD_c_compressionLevel, Int32(level)), (ZSTD_c_checksumFlag, 1), (ZSTD_c_contentSizeFlag, 1),
        ] {
            let status = unsafe ZSTD_CCtx_setParameter(context, parameter, value)
            precondition(ZSTD_isError(status) == 0, "ZstdEncoder: parameter \(parameter.rawValue) is refused")
        }
    }

    deinit { _ = unsafe ZSTD_freeCCtx(context) }

    /// Bytes that this encoder holds now; they grow with the level and the largest content so far.
    package var contextBytes: Int { unsafe ZSTD_sizeof_CCtx(context) }

    /// The most bytes that a frame of so many can have.
    package static func bound(_ byteCount: Int) -> Int { ZSTD_compressBound(byteCount) }

    /// Writes the frame of `source` to the beginning of `destination`, which has room for `bound(source.count)` bytes,
    /// and returns the frame's length. Its last four bytes are the low half of the content's XXH64.
    package mutating func compress(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) -> Int {
        let needed = Self.bound(source.count)
        precondition(
            destination.count >= needed, "ZstdEncoder: room for \(destination.count) bytes, expected \(needed)")
        let written = unsafe ZSTD_compress2(
            context, destination.baseAddress, destination.count, source.baseAddress, source.count)
        // With room for the bound only memory can be missing.
        guard ZSTD_isError(written) == 0 else { fatalError("ZstdEncoder: out of memory") }
        return written
    }
}
