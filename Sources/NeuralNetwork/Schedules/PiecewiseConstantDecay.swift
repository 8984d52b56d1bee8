/// `values[0]` up to and at `boundaries[0]` updates, then `values[1]` up to and at `boundaries[1]`, and so on.
public struct PiecewiseConstantDecay: LearningRateSchedule {
    /// Updates, ascending.
    public var boundaries: [Int]
    /// One more than there are boundaries.
    public var values: [Float]

    public init(boundaries: [Int], values: [Float]) {
        self.boundaries = boundaries
        self.values = values
    }

    public var problem: String? {
        guard !boundaries.isEmpty, boundaries.count == values.count - 1 else {
            return
                "PiecewiseConstantDecay: \(boundaries.count) boundaries and \(values.count) values, expected at least "
                + "one boundary and one more value than boundaries"
        }
        return zip(boundaries, boundaries.dropFirst()).allSatisfy(<)
            ? nil : "PiecewiseConstantDecay: boundaries are \(boundaries), expected ascending numbers"
    }

    public func learningRate(at step: Int) -> Float {
        let index = boundaries.firstIndex { step <= $0 } ?? boundaries.count
        return index < values.count ? values[index] : .nan
    }
}

extension LearningRateSchedule where Self == PiecewiseConstantDecay {
    /// `values[i]` until `boundaries[i]` updates are made.
    public static func piecewiseConstantDecay(boundaries: [Int], values: [Float]) -> Self {
        .init(boundaries: boundaries, values: values)
    }
}
