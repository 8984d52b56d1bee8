/// Bytes that are no image, or one that cannot be decoded.
package enum ImageError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Neither JPEG nor PNG; what the bytes seem to be.
    case unknownFormat(found: String)

    /// The image is damaged or ends too early: what the decoder says.
    case corrupt(ImageInfo.Kind, String)

    /// The image is valid and of a kind that is not decoded.
    case unsupported(ImageInfo.Kind, String)

    /// More pixels, or longer sides, than the limits allow.
    case tooLarge(height: Int, width: Int, limit: String)

    package var description: String {
        switch self {
        case .unknownFormat(let found):
            "expected a JPEG or PNG image, found \(found)"
        case .corrupt(let kind, let reason):
            "the \(kind.name) image is damaged: \(reason)"
        case .unsupported(let kind, let reason):
            "the \(kind.name) image cannot be decoded: \(reason)"
        case .tooLarge(let height, let width, let limit):
            "the image has \(height) x \(width) pixels, the limit is \(limit)"
        }
    }
}
