import Glibc
internal import Memory

extension SampleRandom {
    /// A number from Beta(a, a): a share of two numbers of Gamma(a).
    mutating func beta(_ alpha: Double) -> Double {
        let (first, second) = (logarithmOfGamma(alpha), logarithmOfGamma(alpha))
        // By logarithms: for small parameters both numbers may be too small to be told from 0.
        return 1 / (1 + exp(second - first))
    }

    /// So many shares of 1 from Dirichlet(a, …, a): those of numbers of Gamma(a).
    mutating func shares(_ count: Int, _ alpha: Double) -> [Double] {
        let logarithms = (0..<count).map { _ in logarithmOfGamma(alpha) }
        let most = logarithms.max() ?? 0
        let parts = logarithms.map { exp($0 - most) }
        let sum = parts.reduce(0, +)
        return parts.map { $0 / sum }
    }

    /// The logarithm of a number from the gamma distribution of this shape: Marsaglia and Tsang, "A Simple Method for
    /// Generating Gamma Variables", 2000; below 1 by their own step from shape + 1.
    private mutating func logarithmOfGamma(_ shape: Double) -> Double {
        guard shape >= 1 else { return logarithmOfGamma(shape + 1) + log(positiveUnit()) / shape }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let normal = normal()
            let root = 1 + c * normal
            guard root > 0 else { continue }
            let cube = root * root * root
            if log(positiveUnit()) < 0.5 * normal * normal + d - d * cube + d * log(cube) { return log(d * cube) }
        }
    }

    // Above 0 and up to 1.
    private mutating func positiveUnit() -> Double { Double((next() >> 11) + 1) * 0x1p-53 }

    // Box and Muller's.
    private mutating func normal() -> Double {
        (-2 * log(positiveUnit())).squareRoot() * cos(2 * .pi * positiveUnit())
    }
}
