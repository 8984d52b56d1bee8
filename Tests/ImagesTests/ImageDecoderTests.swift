import Images
import Testing

@Suite struct ImageDecoderTests {
    @Test(arguments: ImageFixtures.cases)
    func `pixels are Pillow's`(expected: ImageFixtures.Case) throws {
        let found = try ImageFixtures.decode(ImageFixtures.bytes(expected.file), expected.options)
        #expect(found.count == expected.height * expected.width * expected.channels.rawValue)
        if let pixels = expected.pixels { #expect(found == pixels) }
        #expect(ImageFixtures.hash(found) == expected.hash)
    }

    @Test func `there are files of every kind`() {
        #expect(ImageFixtures.names.count == 33)
        #expect(ImageFixtures.cases.contains { $0.pixels != nil })
    }

    @Test func `one decoder takes good and bad images in any order`() throws {
        var decoder = ImageDecoder()
        for expected in ImageFixtures.cases {
            let bytes = ImageFixtures.bytes(expected.file)
            var output = [UInt8](repeating: 0, count: expected.height * expected.width * expected.channels.rawValue)
            for count in [bytes.count / 2, bytes.count] {
                let isWhole = bytes.prefix(count).withUnsafeBytes { input in
                    output.withUnsafeMutableBytes { out in
                        (try? decoder.decode(input, options: expected.options, into: out)) != nil
                    }
                }
                #expect(isWhole == (count == bytes.count))
            }
            #expect(ImageFixtures.hash(output) == expected.hash)
        }
    }

    @Test(arguments: [("grey-transparent.png", "tRNS"), ("orientation-6.png", "eXIf"), ("palette.png", "PLTE")])
    func `a chunk whose checksum is wrong is an error`(name: String, chunk: String) throws {
        let bytes = ImageFixtures.bytes(name)
        let mark = Array(chunk.utf8)
        let start = try #require(bytes.indices.first { bytes[$0...].starts(with: mark) })
        let length = bytes[start - 4..<start].reduce(0) { $0 << 8 | Int($1) }
        for place in [start + 4, start + 4 + length + 3] {
            var damaged = bytes
            damaged[place] ^= 2
            #expect(throws: ImageError.self) { _ = try ImageFixtures.decode(damaged, ImageOptions(channels: .rgba)) }
        }
    }

    @Test(arguments: ["rgb-420.jpg", "progressive.jpg", "grey.jpg"])
    func `reducing while decoding stays near the full decoding`(name: String) throws {
        let bytes = ImageFixtures.bytes(name)
        var options = ImageOptions(size: ImageSize(height: 6, width: 7))
        let full = try ImageFixtures.decode(bytes, options)
        options.reducesWhileDecoding = true
        let reduced = try ImageFixtures.decode(bytes, options)
        #expect(full != reduced)
        let differences = zip(full, reduced).map { abs(Int($0) - Int($1)) }
        #expect(differences.reduce(0, +) < 10 * differences.count)
    }
}
