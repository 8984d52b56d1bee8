import Glibc
import Memory

/// The generator of random operations, number by number.
package struct ReferenceRandom {
    private let key: UInt64

    package init(_ state: RunState, stream: Int) {
        var key: UInt64 = 0
        for word in [state.seed, state.step, UInt64(stream)] {
            key &+= word &+ 0x9e37_79b9_7f4a_7c15
            key = (key ^ (key >> 30)) &* 0xbf58_476d_1ce4_e5b9
            key = (key ^ (key >> 27)) &* 0x94d0_49bb_1331_11eb
            key ^= key >> 31
        }
        self.key = key
    }

    private func mixed(_ number: UInt32) -> UInt32 {
        var x = number
        x = (x ^ (x >> 16)) &* 0x7feb_352d
        x = (x ^ (x >> 15)) &* 0x846c_a68b
        return x ^ (x >> 16)
    }

    /// The 32 bits at a position.
    package func bits(at position: Int) -> UInt32 {
        let (high, low) = (UInt32(truncatingIfNeeded: position >> 32), UInt32(truncatingIfNeeded: position))
        let inner = UInt32(truncatingIfNeeded: key) &+ mixed(high)
        return mixed(mixed(low &+ inner) ^ UInt32(truncatingIfNeeded: key >> 32))
    }

    /// The number at a position.
    package func number(at position: Int, _ distribution: RandomDistribution) -> Double {
        let bits = bits(at: position)
        switch distribution {
        case .uniform: return Double(bits >> 8) * 0x1p-24
        case .normal:
            let distance = Self.distance(below: (Double(bits >> 1) + 0.5) * 0x1p-32)
            return bits & 1 == 1 ? distance : -distance
        case .kept(let rate, let value): return bits < UInt32(Double(rate) * 0x1p32) ? 0 : Double(value)
        }
    }

    /// The distance from the mean, in deviations, beyond which lies a share `p` of the normal distribution: by bisection.
    private static func distance(below p: Double) -> Double {
        var (low, high) = (0.0, 7.0)
        for _ in 0..<60 {
            let middle = (low + high) / 2
            if erfc(middle / 2.0.squareRoot()) / 2 > p { low = middle } else { high = middle }
        }
        return low
    }
}

extension RandomNumbers: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let random = ReferenceRandom(context.state, stream: stream)
        let first = isPerSample ? context.state.firstRow * shape.withoutFirst.elementCount : 0
        return [
            ReferenceArray(shape, (0..<shape.elementCount).map { random.number(at: first + $0, distribution) })
        ]
    }
}

extension DropoutOperation: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let mask = RandomNumbers(
            distribution: .kept(rate: rate, value: 1 / (1 - rate)), shape: inputs[0].shape, stream: stream,
            isPerSample: inputs[0].shape.rank > 0)
        let factors = mask.evaluate([], context)[0].values
        return [ReferenceArray(inputs[0].shape, zip(inputs[0].values, factors).map { $0 * $1 })]
    }
}
