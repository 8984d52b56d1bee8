internal import CKernels

/// Undoes bitshuffle, HDF5's filter 32008: the bits of a block's elements transposed, each block compressed or not.
///
/// Blocks hold a multiple of eight elements; the last one is as long as the data allow, and the up to seven elements
/// behind it are stored as they are. See `bshuf_h5filter.c` and `bitshuffle_core.c` of the bitshuffle project.
package struct BitShuffle: Sendable, Equatable {
    /// What is done to a block after its bits are transposed.
    package enum Compression: UInt32, Sendable {
        case none = 0
        case lz4 = 2
        case zstd = 3
    }

    package let elementSize: Int
    package let compression: Compression
    private let blockElements: Int
    private static let codec = "bitshuffle"

    /// Describes data of elements of `elementSize` bytes, in blocks of `blockElements` elements; 0 stands for the
    /// filter's default, about 8 KiB. Traps on sizes that are no multiple of eight elements.
    package init(elementSize: Int, blockElements: Int, compression: Compression) {
        precondition(
            elementSize > 0 && blockElements >= 0 && blockElements % 8 == 0,
            "BitShuffle: blocks of \(blockElements) elements of \(elementSize) bytes")
        self.elementSize = elementSize
        self.compression = compression
        self.blockElements =
            blockElements > 0 ? blockElements : max(128, 8192 / elementSize / 8 * 8)
    }

    /// Scratch memory that `decompress` needs for data of at most `byteCount` decoded bytes: a decompressed block and
    /// its byte planes.
    package func scratchBytes(of byteCount: Int) -> Int { 2 * blockBytes(of: byteCount) }

    private func blockBytes(of byteCount: Int) -> Int { min(blockElements * elementSize, byteCount) }

    /// The most bytes that `byteCount` bytes can take in the filter's framing.
    package func bound(of byteCount: Int) -> Int {
        guard compression != .none else { return byteCount }
        let blocks = byteCount / max(1, blockBytes(of: byteCount)) + 2
        // LZ4 adds at most 1/255 and 16 bytes to a block, zstd 1/256 and 64, the framing 4.
        return byteCount + byteCount / 255 + blocks * 68 + 12
    }

    /// Decodes a chunk and returns how many bytes it held. `scratch` has what `scratchBytes` says for `destination`;
    /// `zstd` is there when blocks are compressed with it.
    package func decompress(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer,
        scratch: UnsafeMutableRawBufferPointer, zstd: inout ZstdDecoder?
    ) throws(CodecError) -> Int {
        precondition(
            scratch.count >= scratchBytes(of: destination.count),
            "BitShuffle: \(scratch.count) bytes of scratch for \(destination.count)")
        var cursor = unsafe ByteCursor(source, codec: Self.codec)
        var total = source.count
        var blockBytes = blockElements * elementSize
        if compression != .none {
            total = Int(clamping: try cursor.bigEndian64())
            blockBytes = try cursor.bigEndian32()
        }
        guard total <= destination.count else { throw .tooLarge(codec: Self.codec, expected: destination.count) }
        guard total % elementSize == 0 else {
            throw .badHeader(codec: Self.codec, "\(total) bytes are no whole elements of \(elementSize)")
        }
        guard blockBytes > 0, blockBytes % (8 * elementSize) == 0 else {
            throw .badHeader(codec: Self.codec, "blocks of \(blockBytes) bytes, elements of \(elementSize)")
        }
        let half = scratch.count / 2
        let whole = total / elementSize / 8 * 8 * elementSize
        guard min(blockBytes, whole) <= half else {
            throw .badHeader(codec: Self.codec, "blocks of \(blockBytes) bytes, expected at most \(half)")
        }
        let packed = unsafe UnsafeMutableRawBufferPointer(rebasing: scratch[..<half])
        let planes = unsafe UnsafeMutableRawBufferPointer(rebasing: scratch[half...])
        var done = 0
        while done < whole {
            let count = min(blockBytes, whole - done)
            let bits = try unsafe block(&cursor, count: count, packed: packed, zstd: &zstd)
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: destination[done..<done + count])
            unsafe transpose(bits, into: target, planes: planes)
            done += count
        }
        let rest = try unsafe cursor.take(total - done)
        unsafe UnsafeMutableRawBufferPointer(rebasing: destination[done..<total]).copyMemory(from: rest)
        return total
    }

    // The transposed bits of the next block.
    private func block(
        _ cursor: inout ByteCursor, count: Int, packed: UnsafeMutableRawBufferPointer, zstd: inout ZstdDecoder?
    ) throws(CodecError) -> UnsafeRawBufferPointer {
        guard compression != .none else { return try unsafe cursor.take(count) }
        let length = try cursor.bigEndian32()
        let stored = try unsafe cursor.take(length)
        let target = unsafe UnsafeMutableRawBufferPointer(rebasing: packed[..<count])
        if compression == .lz4 {
            try unsafe LZ4.decompressBlock(stored, into: target)
        } else {
            let found = try unsafe zstd?.decompress(stored, into: target) ?? 0
            guard found == count else { throw .wrongSize(codec: "zstd", expected: count, found: found) }
        }
        return UnsafeRawBufferPointer(target)
    }

    private func transpose(
        _ bits: UnsafeRawBufferPointer, into target: UnsafeMutableRawBufferPointer,
        planes: UnsafeMutableRawBufferPointer
    ) {
        guard let input = bits.baseAddress, let output = target.baseAddress else { return }
        unsafe millrace_bit_unshuffle(
            input.assumingMemoryBound(to: UInt8.self), output.assumingMemoryBound(to: UInt8.self),
            planes.baseAddress?.assumingMemoryBound(to: UInt8.self), target.count / elementSize, elementSize)
    }
}
