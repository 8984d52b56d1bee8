import Glibc
import Images
import JSONText
import Testing

/// The files of `fixtures/images` and what Pillow makes of them.
enum ImageFixtures {
    /// A conversion of a file: channels, and how it was resized, if it was.
    struct Case: Sendable, CustomTestStringConvertible {
        var file: String
        var channels: PixelChannels
        var resize: ResizeMode?
        var height: Int
        var width: Int
        /// FNV-1a of the pixels.
        var hash: UInt64
        /// The pixels themselves, of small images.
        var pixels: [UInt8]?

        var options: ImageOptions {
            var options = ImageOptions(channels: channels)
            if let resize {
                options.size = ImageSize(height: height, width: width)
                options.resizeMode = resize
            }
            return options
        }

        var testDescription: String { "\(file) \(channels) \(resize.map { "\($0)" } ?? "") \(height)x\(width)" }
    }

    static let directory =
        #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/") + "/fixtures/images/"

    /// The bytes of a file.
    static func bytes(_ name: String) -> [UInt8] {
        guard let file = fopen(directory + name, "rb") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: 1 << 20)
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes[..<count])
    }

    /// All names of files.
    static var names: [String] { Array(Set(cases.map(\.file))).sorted() }

    static let cases: [Case] = {
        guard let json = try? JSONValue(parsing: bytes("expected.json")), let list = json["cases"]?.arrayValue else {
            return []
        }
        return list.compactMap { item in
            guard let file = item["file"]?.stringValue,
                let hash = item["hash"]?.stringValue.flatMap({ UInt64($0, radix: 16) }),
                let channels = item["channels"]?.integerValue.flatMap(PixelChannels.init(rawValue:)),
                let height = item["height"]?.integerValue, let width = item["width"]?.integerValue
            else { return nil }
            return Case(
                file: file, channels: channels, resize: item["resize"]?.stringValue.flatMap(ResizeMode.init(rawValue:)),
                height: height, width: width, hash: hash,
                pixels: item["pixels"]?.arrayValue?.compactMap { $0.integerValue.flatMap { UInt8(exactly: $0) } })
        }
    }()

    /// The 64-bit hash of Fowler, Noll and Vo (1a).
    static func hash(_ bytes: [UInt8]) -> UInt64 {
        bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }

    /// Decodes a file in memory.
    static func decode(_ bytes: [UInt8], _ options: ImageOptions = ImageOptions()) throws(ImageError) -> [UInt8] {
        var decoder = ImageDecoder()
        return try bytes.span.bytes.withUnsafeBytes { input throws(ImageError) in
            let info = try ImageInfo(probing: input, pixelLimit: options.pixelLimit)
            let size = ImageDecoder.size(of: info, options: options)
            var output = [UInt8](repeating: 0xaa, count: size.height * size.width * options.channels.rawValue)
            var span = output.mutableSpan
            try span.withUnsafeMutableBytes { out throws(ImageError) in
                try decoder.decode(input, options: options, into: out)
            }
            return output
        }
    }

    static func probe(_ bytes: [UInt8]) throws(ImageError) -> ImageInfo {
        try bytes.span.bytes.withUnsafeBytes { input throws(ImageError) in try ImageInfo(probing: input) }
    }
}
