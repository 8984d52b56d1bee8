/// What the header of an image says.
package struct ImageInfo: Sendable, Hashable {
    /// The formats that are read.
    package enum Kind: String, Sendable, Hashable {
        case jpeg, png

        var name: String { self == .jpeg ? "JPEG" : "PNG" }
    }

    /// The most pixels that are decoded unless something else is asked: Pillow's limit against decompression bombs.
    package static let defaultPixelLimit = 178_956_970

    /// The longest side that is decoded, as in libpng.
    package static let longestSide = 1_000_000

    package var kind: Kind

    /// Pixels, as the image should be seen: after its Exif orientation was applied.
    package var height: Int
    package var width: Int

    /// What the file holds: 1 grey, 2 grey and alpha, 3 colours (CMYK and palettes count as such), 4 colours and alpha.
    package var channels: Int

    /// Exif's orientation: how the stored pixels have to be turned, 1 (not at all) to 8.
    package var orientation: Int

    /// Pixels as they are stored.
    package var storedHeight: Int { orientation >= 5 ? width : height }
    package var storedWidth: Int { orientation >= 5 ? height : width }

    /// Reads the header of a whole file in memory and decodes nothing.
    ///
    /// The orientation is that of Exif data in JPEG (APP1) and PNG (`eXIf`, anywhere in the file). Throws when the bytes
    /// are no JPEG or PNG, when the header is damaged or of a kind that is not decoded, or when the pixels are more than
    /// `pixelLimit`.
    package init(
        probing bytes: UnsafeRawBufferPointer, pixelLimit: Int = ImageInfo.defaultPixelLimit
    ) throws(ImageError) {
        let view = unsafe ImageBytes(bytes)
        if view.hasPrefix([0xff, 0xd8, 0xff]) {
            self = try JPEGHeader.read(view)
        } else if view.hasPrefix(PNGHeader.signature) {
            self = try PNGHeader.read(view)
        } else {
            throw .unknownFormat(found: Self.guess(view))
        }
        guard height > 0, width > 0 else { throw .corrupt(kind, "it has \(height) x \(width) pixels") }
        guard max(height, width) <= Self.longestSide else {
            throw .tooLarge(height: height, width: width, limit: "\(Self.longestSide) on a side")
        }
        guard height * width <= pixelLimit else {
            throw .tooLarge(height: height, width: width, limit: "\(pixelLimit) in all")
        }
    }

    init(kind: Kind, storedHeight: Int, storedWidth: Int, channels: Int, orientation: Int) {
        self.kind = kind
        height = orientation >= 5 ? storedWidth : storedHeight
        width = orientation >= 5 ? storedHeight : storedWidth
        self.channels = channels
        self.orientation = orientation
    }

    // Files with a wrong extension are common; the message says what they are.
    private static func guess(_ view: ImageBytes) -> String {
        if view.count == 0 { return "an empty file" }
        let known: [(prefix: String, name: String)] = [
            ("GIF8", "a GIF"), ("BM", "a BMP"), ("II*\0", "a TIFF"), ("MM\0*", "a TIFF"), ("<svg", "an SVG"),
            ("<?xml", "XML"), ("<html", "HTML"), ("<!DOCTYPE", "HTML"), ("\0\0\0\u{0c}jP", "a JPEG 2000"),
        ]
        for (prefix, name) in known where view.hasPrefix(Array(prefix.utf8)) { return name }
        if view.hasPrefix(Array("RIFF".utf8)), view.has(Array("WEBP".utf8), at: 8) { return "a WebP" }
        if view.has(Array("ftypavif".utf8), at: 4) { return "an AVIF" }
        if view.has(Array("ftyphei".utf8), at: 4) { return "a HEIF" }
        let first = (0..<min(view.count, 4)).map { index in
            let digits = String(view[index] ?? 0, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }
        return "bytes that begin with \(first.joined(separator: " "))"
    }
}
