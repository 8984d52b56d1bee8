import Images
import Testing

/// Damaged files are errors or other pixels, never a crash and never memory by what they claim.
@Suite struct ImageMutationTests {
    private struct Numbers: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    /// Decodes what may be damaged, in two ways; returns whether the first gave pixels.
    private func survives(_ bytes: [UInt8]) -> Bool {
        let plain = try? ImageFixtures.decode(bytes, ImageOptions(pixelLimit: 1 << 22))
        let options = ImageOptions(
            channels: .rgba, size: ImageSize(height: 9, width: 14), resizeMode: .pad, pixelLimit: 1 << 22)
        let small = try? ImageFixtures.decode(bytes, options)
        #expect((plain == nil) == (small == nil) || bytes.starts(with: [0x89]))
        return plain != nil
    }

    @Test(arguments: ImageFixtures.names)
    func `random damage never crashes`(name: String) {
        let whole = ImageFixtures.bytes(name)
        var numbers = Numbers(state: ImageFixtures.hash(Array(name.utf8)))
        var damaged = 0
        for _ in 0..<120 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...6, using: &numbers) {
                let at = Int.random(in: 2..<bytes.count, using: &numbers)
                switch Int.random(in: 0..<4, using: &numbers) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &numbers)
                case 1: bytes[at] ^= 1 << UInt8.random(in: 0..<8, using: &numbers)
                case 2: bytes[at] = Bool.random(using: &numbers) ? 0xff : 0
                default:
                    let end = min(bytes.count, at + Int.random(in: 1...20, using: &numbers))
                    if end < bytes.count { bytes.removeSubrange(at..<end) }
                }
            }
            if !survives(bytes) { damaged += 1 }
        }
        #expect(damaged > 20)
    }

    @Test(arguments: ImageFixtures.names)
    func `a truncated file is an error`(name: String) {
        let whole = ImageFixtures.bytes(name)
        for count in stride(from: 0, to: whole.count - 2, by: 16) {
            #expect(!survives(Array(whole[..<count])))
        }
        #expect(!survives(Array(whole[..<(whole.count - 2)])))
    }

    @Test func `damage to the pixels of a PNG is always found`() {
        let whole = ImageFixtures.bytes("rgb.png")
        for at in stride(from: 41, to: whole.count - 12, by: 7) {
            var bytes = whole
            bytes[at] ^= 4
            #expect(!survives(bytes))
        }
    }

    @Test func `the message says what is wrong`() {
        let jpeg = ImageFixtures.bytes("rgb-420.jpg")
        let cut = #expect(throws: ImageError.self) { try ImageFixtures.decode(Array(jpeg[..<1000])) }
        #expect(
            cut?.description == "the JPEG image is damaged: the file ends within the image: it is truncated")
        let png = ImageFixtures.bytes("rgb.png")
        let short = #expect(throws: ImageError.self) { try ImageFixtures.decode(Array(png[..<1000])) }
        #expect(
            short?.description == "the PNG image is damaged: the file ends within the image: it is truncated")
    }
}
