import Glibc

/// Up from `η / divisor` to `η` over the first share of the updates, then down to `η / (divisor · finalDivisor)`, both along
/// half a cosine; there it stays. Smith and Topin, arXiv 1708.07120, with the defaults that PyTorch's `OneCycleLR` has.
public struct OneCycle: LearningRateSchedule {
    public var largestLearningRate: Float
    public var steps: Int
    /// The share of the updates that goes up.
    public var warmupShare: Float
    public var divisor: Float
    public var finalDivisor: Float

    public init(
        _ largestLearningRate: Float, steps: Int, warmupShare: Float = 0.3, divisor: Float = 25,
        finalDivisor: Float = 1e4
    ) {
        self.largestLearningRate = largestLearningRate
        self.steps = steps
        self.warmupShare = warmupShare
        self.divisor = divisor
        self.finalDivisor = finalDivisor
    }

    public var problem: String? {
        if let problem = notPositive("steps", steps) { return problem }
        guard (0...1).contains(warmupShare) else { return "OneCycle: warmupShare is \(warmupShare), expected 0 to 1" }
        return divisor > 0 && finalDivisor > 0
            ? nil : "OneCycle: the divisors are \(divisor) and \(finalDivisor), expected positive numbers"
    }

    public func learningRate(at step: Int) -> Float {
        let largest = Double(largestLearningRate)
        let first = largest / Double(divisor)
        // The last update has the smallest step size, and update 0 the first: the peak lies at a share of one less.
        let peak = Double(warmupShare) * Double(steps) - 1
        let last = Double(steps - 1)
        let step = min(Double(step), last)
        if step <= peak { return Float(Self.between(first, largest, peak > 0 ? step / peak : 1)) }
        return Float(
            Self.between(largest, first / Double(finalDivisor), last > peak ? (step - peak) / (last - peak) : 1))
    }

    private static func between(_ start: Double, _ end: Double, _ share: Double) -> Double {
        end + (start - end) / 2 * (1 + cos(.pi * share))
    }
}

extension LearningRateSchedule where Self == OneCycle {
    /// Up to the largest step size and down again, along half cosines.
    public static func oneCycle(
        _ largestLearningRate: Float, steps: Int, warmupShare: Float = 0.3, divisor: Float = 25,
        finalDivisor: Float = 1e4
    ) -> Self {
        .init(
            largestLearningRate, steps: steps, warmupShare: warmupShare, divisor: divisor, finalDivisor: finalDivisor)
    }
}
