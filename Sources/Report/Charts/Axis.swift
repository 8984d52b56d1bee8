/// What an axis counts: how its marks are chosen and how hovering shows its numbers.
package enum AxisKind: String {
    case number, count, share, bytes, time, rate

    /// Marks for a scale.
    func ticks(_ scale: Scale, most: Int) -> [Tick] {
        if scale.isLogarithmic { return Ticks.decades(scale) }
        switch self {
        case .number, .rate: return Ticks.numbers(scale, most: most)
        case .count: return Ticks.counts(scale, most: most)
        case .share: return Ticks.shares(scale, most: most)
        case .bytes: return Ticks.bytes(scale, most: most)
        case .time: return Ticks.times(scale, most: most)
        }
    }
}

/// An axis with its marks.
package struct Axis {
    package let name: String
    package let kind: AxisKind
    package let scale: Scale

    /// As many as a chart has room for on a telephone.
    private static let mostTicks = 6

    package init(_ name: String, _ kind: AxisKind, _ scale: Scale) {
        (self.name, self.kind, self.scale) = (name, kind, scale)
    }

    package var ticks: [Tick] { kind.ticks(scale, most: Self.mostTicks) }

    /// An axis for numbers of one sign or both: their range and a little more, by the logarithm where that is asked for
    /// and they span two decades.
    ///
    /// - Parameter fromZero: begins at 0, for sizes and rates, where a part of the range would mislead.
    static func fitting(
        _ name: String, _ kind: AxisKind, _ range: ClosedRange<Double>, fromZero: Bool = false,
        mayBeLogarithmic: Bool = false
    ) -> Axis {
        if mayBeLogarithmic, Scale.spansDecades(range.lowerBound, range.upperBound) {
            let scale = Scale(range.lowerBound / 1.2, range.upperBound * 1.2, isLogarithmic: true)
            return Axis(name, kind, scale)
        }
        if fromZero {
            let top = range.upperBound > 0 ? range.upperBound * 1.06 : 1
            // Shares that are next to nothing look like it.
            return Axis(name, kind, Scale(0, kind == .share ? max(min(range.upperBound * 1.06, 1), 0.1) : top))
        }
        let margin = (range.upperBound - range.lowerBound) * 0.06
        return Axis(name, kind, Scale(range.lowerBound - margin, range.upperBound + margin))
    }
}
