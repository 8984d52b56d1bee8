import Codecs
import Testing

/// Bytes that are neither constant nor random.
private func sample(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0 * $0 / 7 + $0 % 13) } }

private func compressed(_ bytes: [UInt8], level: Int = 6) -> [UInt8] {
    var deflater = Deflater(level: level)
    var output = [UInt8](repeating: 0, count: deflater.bound(of: bytes.count))
    let length = bytes.withUnsafeBytes { input in
        output.withUnsafeMutableBytes { deflater.compress(input, into: $0) }
    }
    return Array(output.prefix(length))
}

private func decompressed(_ bytes: [UInt8], capacity: Int) throws(CodecError) -> [UInt8] {
    var inflater = Inflater()
    var output = [UInt8](repeating: 0, count: capacity)
    let length = try bytes.span.bytes.withUnsafeBytes { input throws(CodecError) in
        var span = output.mutableSpan
        return try span.withUnsafeMutableBytes { out throws(CodecError) in
            try inflater.decompress(input, into: out)
        }
    }
    return Array(output.prefix(length))
}

@Suite struct DeflateTests {
    @Test(arguments: [1, 4, 9, 12]) func `what was compressed comes back`(level: Int) throws {
        let bytes = sample(100_000)
        #expect(try decompressed(compressed(bytes, level: level), capacity: bytes.count) == bytes)
    }

    @Test func `the same bytes compress to the same bytes`() {
        #expect(compressed(sample(5000)) == compressed(sample(5000)))
    }

    @Test func `a flipped bit is found`() {
        var stream = compressed(sample(5000))
        stream[stream.count - 2] ^= 1
        #expect(throws: CodecError.corrupt(codec: "deflate")) { try decompressed(stream, capacity: 5000) }
    }

    @Test func `a cut stream is found at every length`() {
        let stream = compressed(sample(300))
        for length in 0..<stream.count {
            #expect(throws: CodecError.self) { try decompressed(Array(stream.prefix(length)), capacity: 300) }
        }
    }

    @Test func `a stream that is too long for its place is an error`() {
        #expect(throws: CodecError.tooLarge(codec: "deflate", expected: 299)) {
            try decompressed(compressed(sample(300)), capacity: 299)
        }
    }
}

@Suite struct ByteShuffleTests {
    @Test(arguments: [1, 2, 3, 4, 5, 8, 12, 16], [0, 1, 7, 64, 1000, 4099])
    func `unshuffle undoes shuffle`(elementSize: Int, count: Int) {
        let bytes = sample(count)
        var shuffled = [UInt8](repeating: 0, count: count)
        var back = shuffled
        bytes.withUnsafeBytes { input in
            shuffled.withUnsafeMutableBytes { ByteShuffle.shuffle(input, into: $0, elementSize: elementSize) }
        }
        shuffled.withUnsafeBytes { input in
            back.withUnsafeMutableBytes { ByteShuffle.unshuffle(input, into: $0, elementSize: elementSize) }
        }
        #expect(back == bytes)
        let elements = count / elementSize
        for index in 0..<elements * elementSize {
            #expect(shuffled[index % elementSize * elements + index / elementSize] == bytes[index])
        }
    }
}

@Suite struct Fletcher32Tests {
    // Known sums of big-endian words: "abcde" is 0x6162 0x6364 0x6500.
    @Test func `the sum is Fletcher's over big-endian words`() {
        let text = Array("abcde".utf8)
        let words: [UInt32] = [0x6162, 0x6364, 0x6500]
        var first: UInt32 = 0
        var second: UInt32 = 0
        for word in words {
            first = (first + word) % 65535
            second = (second + first) % 65535
        }
        #expect(text.withUnsafeBytes { Fletcher32.checksum($0) } == second << 16 | first)
    }

    @Test func `long data reduce without overflow`() {
        let bytes = [UInt8](repeating: 0xfe, count: 1_000_001)
        var first: UInt64 = 0
        var second: UInt64 = 0
        for index in stride(from: 0, to: bytes.count, by: 2) {
            first = (first + (index + 1 < bytes.count ? 0xfefe : 0xfe00)) % 65535
            second = (second + first) % 65535
        }
        #expect(bytes.withUnsafeBytes { Fletcher32.checksum($0) } == UInt32(second << 16 | first))
    }

    @Test func `both stored forms are accepted and a wrong one is not`() throws {
        let bytes = sample(101)
        let sum = bytes.withUnsafeBytes { Fletcher32.checksum($0) }
        let plain = (0..<4).map { UInt8(truncatingIfNeeded: sum >> UInt32(8 * $0)) }
        let swapped = [plain[1], plain[0], plain[3], plain[2]]
        for tail in [plain, swapped] {
            let stored = bytes + tail
            #expect(try stored.withUnsafeBytes { try Fletcher32.verify($0) } == 101)
        }
        var broken = bytes + plain
        broken[50] ^= 4
        #expect(throws: CodecError.self) { try broken.withUnsafeBytes { try Fletcher32.verify($0) } }
        #expect(throws: CodecError.self) { try [1, 2, 3].withUnsafeBytes { try Fletcher32.verify($0) } }
    }
}
