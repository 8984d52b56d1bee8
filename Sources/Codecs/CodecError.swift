// Codecs: what filters do to bytes, and how to undo it: deflate, byte shuffle, checksums.
//
// Bytes in, bytes out, checked bounds, no files, no threads. May import `Memory`, `CKernels` and the C libraries of the
// codecs; only this target imports those. Which filters apply to which bytes is the business of the stores above.
//
// C functions used: libdeflate_alloc_decompressor, libdeflate_free_decompressor, libdeflate_zlib_decompress_ex,
// libdeflate_alloc_compressor, libdeflate_free_compressor, libdeflate_zlib_compress, libdeflate_zlib_compress_bound.

/// Stored bytes that do not decode.
package enum CodecError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are not a whole, valid stream of this codec.
    case corrupt(codec: String)

    /// The stream is valid and decodes to another number of bytes than the metadata says.
    case wrongSize(codec: String, expected: Int, found: Int)

    /// The stream decodes to more bytes than the metadata says.
    case tooLarge(codec: String, expected: Int)

    /// The bytes do not have the checksum that was stored with them.
    case checksum(codec: String, stored: UInt32, computed: UInt32)

    package var description: String {
        switch self {
        case .corrupt(let codec):
            "\(codec) data is corrupt"
        case .wrongSize(let codec, let expected, let found):
            "\(codec) data decodes to \(found) bytes, expected \(expected)"
        case .tooLarge(let codec, let expected):
            "\(codec) data decodes to more than the expected \(expected) bytes"
        case .checksum(let codec, let stored, let computed):
            "\(codec) checksum is \(hexadecimal(computed)), expected \(hexadecimal(stored))"
        }
    }

    private func hexadecimal(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return "0x" + String(repeating: "0", count: 8 - digits.count) + digits
    }
}
