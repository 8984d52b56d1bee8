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
