/// The chunks of a PNG file that say what its pixels are (PNG specification, third edition).
enum PNGHeader {
    static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

    private static let exif = Array("eXIf".utf8)
    private static let transparency = Array("tRNS".utf8)

    /// Reads `IHDR`, and walks over the other chunks for a transparent colour and Exif data.
    static func read(_ bytes: ImageBytes) throws(ImageError) -> ImageInfo {
        guard bytes.has(Array("IHDR".utf8), at: 12), bytes.number32(at: 8) == 13,
            let width = bytes.number32(at: 16), let height = bytes.number32(at: 20), let depth = bytes[24],
            let color = bytes[25], bytes.count >= 33
        else { throw .corrupt(.png, "it does not begin with a whole header") }
        let depths: [Int: (depths: [UInt8], channels: Int)] = [
            0: ([1, 2, 4, 8, 16], 1), 2: ([8, 16], 3), 3: ([1, 2, 4, 8], 3), 4: ([8, 16], 2), 6: ([8, 16], 4),
        ]
        guard let kind = depths[Int(color)], kind.depths.contains(depth) else {
            throw .corrupt(.png, "there is no color type \(color) with \(depth) bits per sample")
        }
        var channels = kind.channels
        var orientation: Int?
        var offset = 33
        while let length = bytes.number32(at: offset), bytes.number32(at: offset + 4) != nil {
            if bytes.has(transparency, at: offset + 4), channels % 2 == 1 { channels += 1 }
            if orientation == nil, bytes.has(exif, at: offset + 4) {
                orientation = ExifOrientation.read(bytes.part(from: offset + 8, count: length))
            }
            offset += length + 12
        }
        return ImageInfo(
            kind: .png, storedHeight: height, storedWidth: width, channels: channels, orientation: orientation ?? 1)
    }
}
