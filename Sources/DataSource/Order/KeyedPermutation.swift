internal import Memory

/// Keyed permutations of 0..<count for any count, in constant memory: nothing is stored per element.
///
/// A Feistel network over the smallest power of two that holds `count`, with the halves mixed in turn; results outside
/// are fed back in ("cycle walking", Black and Rogaway 2002), fewer than two evaluations on average. The round function
/// is a full mixer: with a linear one, the low bits of the result depend on the low bits of the position alone, and
/// periodic data come out in clumps. Six rounds showed no deviation on sorted or periodic labels.
struct KeyedPermutation: Sendable, Equatable {
    private let keys: (UInt64, UInt64, UInt64, UInt64, UInt64, UInt64)

    /// Permutations for one seed, epoch and purpose.
    init(seed: UInt64, epoch: Int, purpose: UInt64) {
        var random = SplitMix64(seed: seed, epoch: epoch, purpose: purpose)
        keys = (random.next(), random.next(), random.next(), random.next(), random.next(), random.next())
    }

    static func == (left: KeyedPermutation, right: KeyedPermutation) -> Bool { left.keys == right.keys }

    /// Where `position` goes; each `tweak` is another permutation.
    func callAsFunction(_ position: Int, count: Int, tweak: UInt64 = 0) -> Int {
        guard count > 1 else { return position }
        let bits = max(2, UInt64(64 - UInt64(count - 1).leadingZeroBitCount))
        let lowBits = bits / 2
        let lowMask: UInt64 = (1 << lowBits) - 1
        let highMask: UInt64 = (1 << (bits - lowBits)) - 1
        let offset = tweak &* 0xd134_2543_de82_ef95
        var value = UInt64(position)
        repeat {
            var low = value & lowMask
            var high = value >> lowBits
            low ^= mixed(high &+ keys.0 &+ offset) & lowMask
            high ^= mixed(low &+ keys.1 &+ offset) & highMask
            low ^= mixed(high &+ keys.2 &+ offset) & lowMask
            high ^= mixed(low &+ keys.3 &+ offset) & highMask
            low ^= mixed(high &+ keys.4 &+ offset) & lowMask
            high ^= mixed(low &+ keys.5 &+ offset) & highMask
            value = high << lowBits | low
        } while value >= UInt64(count)
        return Int(value)
    }
}
