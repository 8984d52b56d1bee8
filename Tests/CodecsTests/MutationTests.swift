import Codecs
import Testing

/// Damaged streams: whatever they hold, decoding ends, stays inside both buffers, and gives an error or bytes that fit.
@Suite struct MutationTests {
    /// SplitMix64: the same mutations in every run.
    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9e37_79b9_7f4a_7c15
            var z = state
            z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
            z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
            return z ^ (z >> 31)
        }
    }

    private func mutate(_ stream: [UInt8], _ generator: inout Generator) -> [UInt8] {
        var bytes = stream
        // Half of the damage hits the headers, which are in the first bytes.
        let reach = Bool.random(using: &generator) ? min(32, bytes.count) : bytes.count
        switch Int.random(in: 0..<5, using: &generator) {
        case 0:
            bytes[Int.random(in: 0..<reach, using: &generator)] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
        case 1:
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                bytes[Int.random(in: 0..<reach, using: &generator)] = UInt8.random(in: 0...255, using: &generator)
            }
        case 2:
            // Numbers at the borders of their range, in either byte order.
            let number = [0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 0x2000].randomElement(using: &generator) ?? 0
            let first = Int.random(in: 0..<max(1, reach - 3), using: &generator)
            let isBig = Bool.random(using: &generator)
            for index in 0..<4 where first + index < bytes.count {
                bytes[first + index] = UInt8(truncatingIfNeeded: number >> (8 * (isBig ? 3 - index : index)))
            }
        case 3: bytes.removeLast(Int.random(in: 0..<bytes.count, using: &generator))
        default:
            let first = Int.random(in: 0..<bytes.count, using: &generator)
            bytes.removeSubrange(first..<min(bytes.count, first + Int.random(in: 1...64, using: &generator)))
        }
        return bytes
    }

    @Test(arguments: StoredChunks.names) func `no damage makes a decoder leave its bounds`(name: String) throws {
        let stream = try StoredChunks.stream(name)
        let size = StoredChunks.contents.count
        let output = GuardedBytes(count: size)
        var generator = Generator(state: name.utf8.reduce(7) { $0 &* 31 &+ UInt64($1) })
        var failures = 0
        for _ in 0..<3000 {
            let input = GuardedBytes(mutate(stream, &generator))
            do throws(CodecError) {
                let length = try StoredChunks.decode(name, UnsafeRawBufferPointer(input.bytes), into: output.bytes)
                #expect((0...size).contains(length))
            } catch {
                failures += 1
            }
        }
        // Bits of raw data have no redundancy: any of them decode.
        #expect(name == "bitshuffle" || failures > 500, "\(failures) of 3000 were found")
    }
}
