internal import CLZF
import Glibc

/// Undoes LZF (Marc Lehmann's), the fast filter of h5py (32000): a raw stream without a header.
///
/// A stream has no checksum: many corrupt streams decode to wrong bytes of the right number. Both ends of both buffers
/// are checked by the library when it is built with its default CHECK_INPUT, as Debian's is; an empty input is not.
package enum LZF {
    private static let codec = "lzf"

    /// Decompresses one stream and returns how many bytes it held.
    package static func decompress(
        _ source: UnsafeRawBufferPointer, into destination: UnsafeMutableRawBufferPointer
    ) throws(CodecError) -> Int {
        guard let input = source.baseAddress, let output = destination.baseAddress, source.count > 0,
            let inputCount = UInt32(exactly: source.count), let outputCount = UInt32(exactly: destination.count)
        else { throw .corrupt(codec: codec) }
        let written = unsafe lzf_decompress(input, inputCount, output, outputCount)
        guard written > 0 else {
            if errno == E2BIG { throw .tooLarge(codec: codec, expected: destination.count) }
            throw .corrupt(codec: codec)
        }
        return Int(written)
    }
}
