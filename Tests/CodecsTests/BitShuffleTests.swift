import Codecs
import Testing

@Suite struct BitShuffleTests {
    /// The transposition of one block by its definition: bit k of byte b of element j is bit j % 8 of byte j / 8 in
    /// row 8 * b + k.
    private func transposed(_ elements: [UInt8], size: Int) -> [UInt8] {
        let rowBytes = elements.count / size / 8
        var rows = [UInt8](repeating: 0, count: elements.count)
        for (position, byte) in elements.enumerated() {
            let (element, part) = position.quotientAndRemainder(dividingBy: size)
            for bit in 0..<8 where byte >> UInt8(bit) & 1 == 1 {
                rows[(part * 8 + bit) * rowBytes + element / 8] |= 1 << UInt8(element % 8)
            }
        }
        return rows
    }

    private func stored(_ data: [UInt8], size: Int, block: Int) -> [UInt8] {
        var bytes: [UInt8] = []
        let whole = data.count / size / 8 * 8
        for first in stride(from: 0, to: whole, by: block) {
            bytes += transposed(Array(data[first * size..<min(first + block, whole) * size]), size: size)
        }
        return bytes + data[(whole * size)...]
    }

    private func decoded(_ bytes: [UInt8], size: Int, block: Int) throws(CodecError) -> [UInt8] {
        let shuffle = BitShuffle(elementSize: size, blockElements: block, compression: .none)
        let input = GuardedBytes(bytes)
        let output = GuardedBytes(count: bytes.count)
        let scratch = GuardedBytes(count: shuffle.scratchBytes(of: bytes.count))
        var zstd: ZstdDecoder?
        let length = try shuffle.decompress(
            UnsafeRawBufferPointer(input.bytes), into: output.bytes, scratch: scratch.bytes, zstd: &zstd)
        return Array(output.bytes.prefix(length))
    }

    @Test(arguments: [1, 2, 3, 4, 7, 8, 16, 24], [0, 1, 7, 8, 9, 127, 128, 136, 1000, 2061])
    func `the transposition is undone for any element size`(size: Int, count: Int) throws {
        let data = (0..<size * count).map { UInt8(truncatingIfNeeded: $0 * $0 / 5 + $0 % 11) }
        for block in [8, 64, 256, 1024] {
            #expect(try decoded(stored(data, size: size, block: block), size: size, block: block) == data)
        }
    }

    @Test(arguments: [(1, 8192), (2, 4096), (3, 2728), (4, 2048), (8, 1024), (100, 128)])
    func `the default block is about 8 KiB`(size: Int, elements: Int) throws {
        let data = (0..<size * elements * 2 + 5 * size).map { UInt8(truncatingIfNeeded: $0 * $0 / 5) }
        #expect(try decoded(stored(data, size: size, block: elements), size: size, block: 0) == data)
    }

    @Test func `bytes that are no whole elements are an error`() {
        let error = #expect(throws: CodecError.self) {
            try decoded([UInt8](repeating: 1, count: 33), size: 4, block: 8)
        }
        #expect(error?.description == "bitshuffle data is corrupt: 33 bytes are no whole elements of 4")
    }
}
