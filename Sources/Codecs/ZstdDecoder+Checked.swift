internal import CZstd

extension ZstdDecoder {
    /// The fewest bytes of a frame with content size and checksum: mark, descriptor, size, an empty block, checksum.
    package static let smallestCheckedFrame = 13

    /// The most bytes that a frame of `storedBytes` can hold: each block of it stores 3 bytes at least, and holds
    /// 128 KiB at most (RFC 8878, 3.1.1.2).
    package static func largestContent(storedBytes: Int) -> Int { storedBytes / 3 * (128 << 10) }

    /// Decompresses the frame that is all of `source` into all of `destination`.
    ///
    /// The frame must carry the size of its content, `destination.count`, and a checksum, `checksum`, that fits what
    /// decodes: the library checks a checksum only where a frame says that it has one. After an error the content of
    /// `destination` means nothing.
    package mutating func decompressChecked(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer, checksum: UInt32
    ) throws(CodecError) {
        let codec = "zstd"
        guard source.count >= Self.smallestCheckedFrame,
            unsafe source.loadUnaligned(as: UInt32.self).littleEndian == ZSTD_MAGICNUMBER
        else { throw .badHeader(codec: codec, "it does not begin with the mark of a zstd frame") }
        // The frame header descriptor: bit 2 says that there is a checksum, bits 5 to 7 that there is a content size; bits
        // 3 and 4 are 0, and zstd does not look at the latter.
        let descriptor = unsafe source[4]
        guard descriptor & 0x18 == 0 else { throw .badHeader(codec: codec, "bits that must be 0 are set") }
        guard descriptor & 0x04 != 0 else { throw .badHeader(codec: codec, "the frame has no checksum") }
        guard descriptor & 0xe0 != 0 else {
            throw .badHeader(codec: codec, "the frame does not say its content's size")
        }
        let claimed = unsafe ZSTD_getFrameContentSize(source.baseAddress, source.count)
        guard claimed == UInt64(destination.count) else {
            guard let found = Int(exactly: claimed) else { throw .corrupt(codec: codec) }
            throw .wrongSize(codec: codec, expected: destination.count, found: found)
        }
        let stored = unsafe source.loadUnaligned(fromByteOffset: source.count - 4, as: UInt32.self).littleEndian
        guard stored == checksum else { throw .checksum(codec: codec, stored: checksum, computed: stored) }
        let written = try unsafe decompress(source, into: destination)
        guard written == destination.count else {
            throw .wrongSize(codec: codec, expected: destination.count, found: written)
        }
        // Behind mark and descriptor: a window unless the content is one segment, the dictionary's number, the size.
        let headerBytes =
            5 + (descriptor & 0x20 == 0 ? 1 : 0) + [0, 1, 2, 4][Int(descriptor & 3)]
            + [1, 2, 4, 8][Int(descriptor >> 6)]
        if unsafe ZstdReservedBits.areSet(in: source, blocksAt: headerBytes) {
            throw .badHeader(codec: codec, "bits of a block that must be 0 are set")
        }
    }

    /// The same of a frame in an array.
    package mutating func decompressChecked(
        _ source: [UInt8], into destination: UnsafeMutableRawBufferPointer, checksum: UInt32
    ) throws(CodecError) {
        var failure: CodecError?
        unsafe source.withUnsafeBytes { bytes in
            do throws(CodecError) {
                try unsafe decompressChecked(bytes, into: destination, checksum: checksum)
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
    }
}
