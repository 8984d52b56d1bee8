/// The finaliser of SplitMix64 (Steele, Lea, Flood 2014): every bit of the input moves every bit of the output.
@inlinable @inline(__always)
package func mixed(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return z ^ (z >> 31)
}

/// The random numbers of SplitMix64: a counter and a mixer.
package struct SplitMix64: Sendable, Equatable {
    @usableFromInline var state: UInt64

    /// A stream of its own for each combination of seed, epoch and purpose.
    @inlinable
    package init(seed: UInt64, epoch: Int, purpose: UInt64) {
        state = mixed(mixed(mixed(seed &+ 0x9e37_79b9_7f4a_7c15) ^ UInt64(epoch)) &+ purpose)
    }

    /// 64 random bits.
    @inlinable @inline(__always)
    package mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        return mixed(state)
    }

    /// A number below `bound`; the bias, bound / 2^64, is far below what any sample can show.
    @inlinable @inline(__always)
    package mutating func next(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }
}
