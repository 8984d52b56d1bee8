/// SHA-1 and SHA-256 (FIPS 180-4), for files whose index has them. They are checksums here and protect nothing.
final class SecureHash {
    enum Function { case sha1, sha256 }

    private let function: Function
    private var state: [UInt32]
    private var words = [UInt32](repeating: 0, count: 80)
    private var pending: [UInt8] = []
    private var byteCount: UInt64 = 0

    init(_ function: Function) {
        self.function = function
        state =
            function == .sha1
            ? [0x6745_2301, 0xefcd_ab89, 0x98ba_dcfe, 0x1032_5476, 0xc3d2_e1f0]
            : [
                0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab,
                0x5be0_cd19,
            ]
        pending.reserveCapacity(128)
    }

    func add(_ bytes: UnsafeRawBufferPointer) {
        byteCount += UInt64(bytes.count)
        var offset = 0
        if !pending.isEmpty {
            offset = min(64 - pending.count, bytes.count)
            unsafe pending.append(contentsOf: bytes[..<offset])
            guard pending.count == 64 else { return }
            unsafe pending.withUnsafeBytes { unsafe take($0) }
            pending.removeAll(keepingCapacity: true)
        }
        while offset + 64 <= bytes.count {
            unsafe take(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + 64]))
            offset += 64
        }
        unsafe pending.append(contentsOf: bytes[offset...])
    }

    func digits() -> String {
        let bits = byteCount * 8
        var tail = [UInt8](repeating: 0, count: (pending.count < 56 ? 64 : 128) - pending.count)
        tail[0] = 0x80
        for place in 0..<8 { tail[tail.count - 1 - place] = UInt8(truncatingIfNeeded: bits >> (8 * UInt64(place))) }
        unsafe tail.withUnsafeBytes { unsafe add($0) }
        return state.map { word in
            let digits = String(word, radix: 16)
            return String(repeating: "0", count: 8 - digits.count) + digits
        }.joined()
    }

    private func take(_ block: UnsafeRawBufferPointer) {
        for index in 0..<16 {
            words[index] = unsafe UInt32(bigEndian: block.loadUnaligned(fromByteOffset: 4 * index, as: UInt32.self))
        }
        unsafe words.withUnsafeMutableBufferPointer { words in
            unsafe state.withUnsafeMutableBufferPointer { state in
                if function == .sha1 { unsafe Self.sha1(words, state) } else { unsafe Self.sha256(words, state) }
            }
        }
    }

    private static func sha1(_ words: UnsafeMutableBufferPointer<UInt32>, _ state: UnsafeMutableBufferPointer<UInt32>) {
        for index in 16..<80 {
            let mixed = unsafe words[index - 3] ^ words[index - 8] ^ words[index - 14] ^ words[index - 16]
            unsafe words[index] = mixed << 1 | mixed >> 31
        }
        var (a, b, c, d, e) = unsafe (state[0], state[1], state[2], state[3], state[4])
        for index in 0..<80 {
            let (f, k): (UInt32, UInt32) =
                switch index {
                case ..<20: (b & c | ~b & d, 0x5a82_7999)
                case ..<40: (b ^ c ^ d, 0x6ed9_eba1)
                case ..<60: (b & c | b & d | c & d, 0x8f1b_bcdc)
                default: (b ^ c ^ d, 0xca62_c1d6)
                }
            let next = unsafe (a << 5 | a >> 27) &+ f &+ e &+ k &+ words[index]
            (a, b, c, d, e) = (next, a, b << 30 | b >> 2, c, d)
        }
        for (index, value) in [a, b, c, d, e].enumerated() { unsafe state[index] &+= value }
    }

    private static func sha256(
        _ words: UnsafeMutableBufferPointer<UInt32>, _ state: UnsafeMutableBufferPointer<UInt32>
    ) {
        func rotated(_ value: UInt32, _ count: UInt32) -> UInt32 { value >> count | value << (32 - count) }
        for index in 16..<64 {
            let (near, far) = unsafe (words[index - 2], words[index - 15])
            let first = rotated(far, 7) ^ rotated(far, 18) ^ far >> 3
            let second = rotated(near, 17) ^ rotated(near, 19) ^ near >> 10
            unsafe words[index] = words[index - 16] &+ first &+ words[index - 7] &+ second
        }
        var (a, b, c, d) = unsafe (state[0], state[1], state[2], state[3])
        var (e, f, g, h) = unsafe (state[4], state[5], state[6], state[7])
        for index in 0..<64 {
            let choice = e & f ^ ~e & g
            let first =
                unsafe h &+ (rotated(e, 6) ^ rotated(e, 11) ^ rotated(e, 25)) &+ choice &+ constants[index]
                &+ words[index]
            let majority = a & b ^ a & c ^ b & c
            let second = (rotated(a, 2) ^ rotated(a, 13) ^ rotated(a, 22)) &+ majority
            (h, g, f, e, d, c, b, a) = (g, f, e, d &+ first, c, b, a, first &+ second)
        }
        for (index, value) in [a, b, c, d, e, f, g, h].enumerated() { unsafe state[index] &+= value }
    }

    // The first 32 bits of the fractional parts of the cube roots of the first 64 primes, computed in whole numbers.
    private static let constants: [UInt32] = {
        var primes: [UInt64] = []
        var candidate: UInt64 = 2
        while primes.count < 64 {
            if primes.allSatisfy({ candidate % $0 != 0 }) { primes.append(candidate) }
            candidate += 1
        }
        return primes.map { prime in
            // The largest r with r³ <= prime · 2⁹⁶, of which the lower 32 bits are the fraction; r < 2³⁵.
            var root: UInt64 = 0
            for bit in (0..<35).reversed() {
                let next = root | 1 << UInt64(bit)
                let square = next.multipliedFullWidth(by: next)
                // next³ has up to 105 bits: compared as 128 bits in two words.
                let low = square.low.multipliedFullWidth(by: next)
                let high = square.high &* next &+ low.high
                if (high, low.low) <= (prime << 32, 0) { root = next }
            }
            return UInt32(truncatingIfNeeded: root)
        }
    }()
}
