/// Vectors of length 1, each at right angles to all others, in uniformly distributed directions.
///
/// Normal numbers are made orthogonal by the method of Gram and Schmidt in its modified form, in double. That is their QR
/// factorisation with a positive diagonal.
struct OrthonormalVectors {
    /// One vector behind the other.
    private(set) var values: [Double]

    /// - Parameters:
    ///   - count: at most `length`.
    ///   - length: the elements of a vector.
    init(count: Int, length: Int, _ generator: inout SplitMix64) {
        values = (0..<count * length).map { _ in generator.normal() }
        values.withUnsafeMutableBufferPointer { values in
            for vector in 0..<count {
                let unit = UnsafeMutableBufferPointer(rebasing: values[vector * length..<(vector + 1) * length])
                let norm = Self.product(unit, unit).squareRoot()
                for index in 0..<length { unit[index] /= norm }
                for other in vector + 1..<max(vector + 1, count) {
                    let rest = UnsafeMutableBufferPointer(rebasing: values[other * length..<(other + 1) * length])
                    let share = Self.product(unit, rest)
                    for index in 0..<length { rest[index] -= share * unit[index] }
                }
            }
        }
    }

    /// Eight sums, so that they can be added side by side.
    private static func product(
        _ left: UnsafeMutableBufferPointer<Double>, _ right: UnsafeMutableBufferPointer<Double>
    ) -> Double {
        var sums = SIMD8<Double>.zero
        var index = 0
        while index + 8 <= left.count {
            var (a, b) = (SIMD8<Double>.zero, SIMD8<Double>.zero)
            for lane in 0..<8 { (a[lane], b[lane]) = (left[index + lane], right[index + lane]) }
            sums += a * b
            index += 8
        }
        var result = sums.sum()
        while index < left.count {
            result += left[index] * right[index]
            index += 1
        }
        return result
    }
}
