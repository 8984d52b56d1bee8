internal import CLZ4

/// Undoes LZ4: single blocks, and the framing of HDF5's lz4 filter (32004).
package enum LZ4 {
    private static let codec = "lz4"

    /// Decompresses one block, which must fill `destination` exactly.
    package static func decompressBlock(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) {
        guard let input = source.baseAddress, let output = destination.baseAddress,
            let inputCount = Int32(exactly: source.count), let outputCount = Int32(exactly: destination.count)
        else { throw .corrupt(codec: codec) }
        let written = unsafe LZ4_decompress_safe(
            input.assumingMemoryBound(to: CChar.self), output.assumingMemoryBound(to: CChar.self), inputCount,
            outputCount)
        guard written >= 0 else { throw .corrupt(codec: codec) }
        guard written == outputCount else {
            throw .wrongSize(codec: codec, expected: destination.count, found: Int(written))
        }
    }

    /// Decompresses a chunk of the filter and returns how many bytes it held.
    ///
    /// The framing, all numbers big-endian: decoded bytes (64 bits), bytes of one decoded block (32 bits), then for each
    /// block its stored length (32 bits) and data. A block that is stored as long as it decodes to is not compressed;
    /// the last block may be shorter. Bytes behind the last block are ignored, as HDF5 ignores them.
    package static func decompressChunk(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        var cursor = unsafe ByteCursor(source, codec: codec)
        let claimed = try cursor.bigEndian64()
        let blockBytes = try cursor.bigEndian32()
        guard claimed <= UInt64(destination.count) else { throw .tooLarge(codec: codec, expected: destination.count) }
        guard blockBytes > 0 || claimed == 0 else { throw .badHeader(codec: codec, "it has blocks of 0 bytes") }
        let total = Int(claimed)
        var done = 0
        while done < total {
            let count = min(blockBytes, total - done)
            let stored = try cursor.bigEndian32()
            let block = try unsafe cursor.take(stored)
            let target = unsafe UnsafeMutableRawBufferPointer(rebasing: destination[done..<done + count])
            if stored == count {
                unsafe target.copyMemory(from: block)
            } else {
                try unsafe decompressBlock(block, into: target)
            }
            done += count
        }
        return total
    }
}
