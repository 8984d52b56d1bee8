import Images
import Testing

@Suite struct ImageInfoTests {
    @Test(arguments: ImageFixtures.cases.filter { $0.channels == .rgb && $0.resize == nil })
    func `a probe says the size that decoding gives`(expected: ImageFixtures.Case) throws {
        let info = try ImageFixtures.probe(ImageFixtures.bytes(expected.file))
        #expect(info.height == expected.height && info.width == expected.width)
        #expect(info.kind == (expected.file.hasSuffix("png") ? .png : .jpeg))
    }

    @Test(arguments: [
        ("grey.jpg", 1), ("rgb-420.jpg", 3), ("cmyk.jpg", 3), ("grey-1.png", 1), ("grey-16.png", 1),
        ("grey-alpha.png", 2),
        ("grey-transparent.png", 2), ("palette.png", 3), ("palette-transparent.png", 4), ("rgb.png", 3),
        ("rgb-alpha.png", 4),
    ])
    func `a probe says what the file holds`(name: String, channels: Int) throws {
        #expect(try ImageFixtures.probe(ImageFixtures.bytes(name)).channels == channels)
    }

    @Test func `orientations are those of the files`() throws {
        for orientation in 1...8 {
            let info = try ImageFixtures.probe(ImageFixtures.bytes("orientation-\(orientation).jpg"))
            #expect(info.orientation == orientation)
            #expect((info.storedHeight, info.storedWidth) == (19, 26))
        }
        #expect(try ImageFixtures.probe(ImageFixtures.bytes("orientation-6.png")).orientation == 6)
    }

    @Test(arguments: [
        ("", "an empty file"), ("GIF89a", "a GIF"), ("RIFF....WEBPVP8", "a WebP"), ("BM......", "a BMP"),
        ("II*\0", "a TIFF"), ("....ftypavif", "an AVIF"), ("<html>", "HTML"), ("abc", "bytes that begin with 61 62 63"),
    ])
    func `other files are named`(text: String, found: String) {
        let error = #expect(throws: ImageError.self) { try ImageFixtures.probe(Array(text.utf8)) }
        #expect(error?.description == "expected a JPEG or PNG image, found \(found)")
    }

    /// A JPEG's beginning: the given segments, then nothing.
    private func jpeg(_ segments: [UInt8]...) -> [UInt8] { [0xff, 0xd8] + segments.flatMap { $0 } }

    private func frame(_ kind: UInt8, precision: UInt8 = 8, height: Int = 5, width: Int = 4, components: UInt8 = 3)
        -> [UInt8]
    {
        [
            0xff, kind, 0, 17, precision, UInt8(height >> 8), UInt8(height & 255), UInt8(width >> 8),
            UInt8(width & 255),
            components, 1, 0x11, 0, 2, 0x11, 0, 3, 0x11, 0,
        ]
    }

    private let scan: [UInt8] = [0xff, 0xda, 0, 12, 3, 1, 0, 2, 0, 3, 0, 0, 63, 0]

    @Test func `JPEGs that are not decoded say why`() throws {
        #expect(try ImageFixtures.probe(jpeg(frame(0xc0), scan)).height == 5)
        let cases: [([UInt8], String)] = [
            (
                jpeg(frame(0xc1, precision: 12), scan),
                "cannot be decoded: it has 12 bits per sample, only 8 are supported"
            ),
            (jpeg(frame(0xc3), scan), "cannot be decoded: lossless and hierarchical compression are not supported"),
            (
                jpeg(frame(0xc0, components: 2), scan),
                "cannot be decoded: it has 2 components; 1, 3 and 4 are supported"
            ),
            (jpeg(frame(0xc0, height: 0), scan), "is damaged: it has 0 x 4 pixels"),
            (jpeg(scan), "is damaged: its scan comes before its frame header"),
            (jpeg(frame(0xc0)), "is damaged: the file ends before the image begins: it is truncated"),
        ]
        for (bytes, reason) in cases {
            let error = #expect(throws: ImageError.self) { try ImageFixtures.probe(bytes) }
            #expect(error?.description == "the JPEG image \(reason)")
        }
    }

    @Test func `claims of too many pixels are refused before anything is allocated`() {
        let bytes = jpeg(frame(0xc0, height: 65535, width: 65535), scan)
        let error = #expect(throws: ImageError.self) { try ImageFixtures.probe(bytes) }
        #expect(error?.description == "the image has 65535 x 65535 pixels, the limit is 178956970 in all")
        var png = ImageFixtures.bytes("grey.png")
        png.replaceSubrange(16..<20, with: [0x7f, 0xff, 0xff, 0xff])
        let long = #expect(throws: ImageError.self) { try ImageFixtures.probe(png) }
        #expect(long?.description == "the image has 45 x 2147483647 pixels, the limit is 1000000 on a side")
        #expect(throws: ImageError.tooLarge(height: 45, width: 61, limit: "2744 in all")) {
            try ImageFixtures.decode(ImageFixtures.bytes("rgb-420.jpg"), ImageOptions(pixelLimit: 2744))
        }
    }

    /// Exif data with entries of (tag, type, count, value), little-endian.
    private func exif(_ entries: [(Int, Int, Int, Int)], claimed: Int? = nil) -> [UInt8] {
        func little(_ value: Int, _ count: Int) -> [UInt8] { (0..<count).map { UInt8(value >> (8 * $0) & 255) } }
        let tiff = Array("II*\0".utf8) + little(8, 4) + little(claimed ?? entries.count, 2)
        let list = entries.flatMap { little($0.0, 2) + little($0.1, 2) + little($0.2, 4) + little($0.3, 4) }
        let data = Array("Exif\0\0".utf8) + tiff + list
        return [0xff, 0xe1, UInt8((data.count + 2) >> 8), UInt8((data.count + 2) & 255)] + data
    }

    @Test func `Exif data that make no sense turn nothing`() throws {
        func orientation(_ segment: [UInt8]) throws -> Int {
            try ImageFixtures.probe(jpeg(segment, frame(0xc0), scan)).orientation
        }
        #expect(try orientation(exif([(0x112, 3, 1, 6)])) == 6)
        #expect(try orientation(exif([(0x112, 4, 1, 6)])) == 6)
        #expect(try orientation(exif([(0x100, 3, 1, 3), (0x112, 3, 1, 8)])) == 8)
        #expect(try orientation(exif([(0x112, 3, 1, 9)])) == 1)
        #expect(try orientation(exif([(0x112, 3, 1, 0)])) == 1)
        #expect(try orientation(exif([(0x112, 3, 2, 6)])) == 1)
        #expect(try orientation(exif([(0x112, 2, 1, 6)])) == 1)
        #expect(try orientation(exif([], claimed: 65535)) == 1)
        #expect(try orientation(exif([(0x112, 3, 1, 6)], claimed: 65535)) == 6)
        var elsewhere = exif([(0x112, 3, 1, 6)])
        elsewhere.replaceSubrange(14..<18, with: [0xff, 0xff, 0xff, 0xff])
        #expect(try orientation(elsewhere) == 1)
    }
}
