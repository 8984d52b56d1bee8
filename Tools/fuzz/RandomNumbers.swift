/// Random numbers of one input: the sequence "SplitMix64" (Steele, Lea, Flood 2014), the same on every machine.
struct RandomNumbers {
    private var state: UInt64

    /// The sequence of input `number`.
    init(seed: UInt64, number: Int) {
        state = seed &* 0x9e37_79b9_7f4a_7c15 ^ UInt64(number) &* 0xd134_2543_de82_ef95
        _ = next()
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ value >> 30) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ value >> 27) &* 0x94d0_49bb_1331_11eb
        return value ^ value >> 31
    }

    /// A number in `0..<bound`; 0 when there is none.
    mutating func below(_ bound: Int) -> Int { bound > 0 ? Int(next() % UInt64(bound)) : 0 }

    /// True once in `count` times.
    mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    mutating func element<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }
}
