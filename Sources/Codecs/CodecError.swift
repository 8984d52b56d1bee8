/// Stored bytes that do not decode.
package enum CodecError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes are not a whole, valid stream of this codec.
    case corrupt(codec: String)

    /// A field of the stream's header makes no sense: what was found, and what was expected.
    case badHeader(codec: String, String)

    /// The stream needs a part of the codec that this library was built without.
    case unavailable(codec: String, String)

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
        case .badHeader(let codec, let reason):
            "\(codec) data is corrupt: \(reason)"
        case .unavailable(let codec, let reason):
            "\(codec) data cannot be decoded: \(reason)"
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
