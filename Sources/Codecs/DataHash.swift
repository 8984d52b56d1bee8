/// A hash of 64 bits over numbers and bytes, to tell data apart. It guards against mistakes, not against intent.
///
/// Each word is mixed in by a multiplication of 64 by 64 bits whose two halves are added without carry, so that every
/// bit of input reaches every bit of the state. The result is the same on every machine and in every version: it is
/// kept in files.
package struct DataHash {
    private var state: UInt64 = 0x243f_6a88_85a3_08d3
    private var count: UInt64 = 0

    // Odd constants: digits of pi.
    private static let first: UInt64 = 0x1319_8a2e_0370_7345
    private static let second: UInt64 = 0xa409_3822_299f_31d1

    /// The hash of nothing.
    package init() {}

    /// Mixes in one number.
    package mutating func add(_ value: UInt64) {
        count &+= 1
        state = Self.mixed(state ^ value ^ Self.first, state &+ Self.second &+ count)
    }

    /// Mixes in bytes and how many they are.
    package mutating func add(_ bytes: some Sequence<UInt8>) {
        var word: UInt64 = 0
        var length: UInt64 = 0
        for byte in bytes {
            word |= UInt64(byte) << (8 * (length & 7))
            length += 1
            if length & 7 == 0 {
                add(word)
                word = 0
            }
        }
        add(word)
        add(length)
    }

    /// The hash of what was added.
    package var value: UInt64 { Self.mixed(Self.mixed(state ^ Self.second, count ^ Self.first), state | 1) }

    private static func mixed(_ a: UInt64, _ b: UInt64) -> UInt64 {
        let (high, low) = (a ^ first).multipliedFullWidth(by: b | 1)
        return high ^ low ^ (a &* second)
    }
}

extension UInt64 {
    /// Sixteen hexadecimal digits.
    package var hexadecimal: String {
        let digits = String(self, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }
}
