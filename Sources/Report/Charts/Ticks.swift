import Glibc

/// A mark on an axis.
package struct Tick: Equatable {
    package let value: Double
    package let label: String

    package init(_ value: Double, _ label: String) {
        self.value = value
        self.label = label
    }
}

/// Round numbers for the marks of axes.
package enum Ticks {
    /// The least of 1, 2, 5, 10, … times a power of ten that is not below `step`.
    package static func roundStep(_ step: Double) -> Double {
        guard step > 0, step.isFinite else { return 1 }
        let power = pow(10, floor(log10(step)))
        let factor = [1.0, 2, 5, 10].first { $0 * power >= step * (1 - 1e-9) } ?? 10
        return factor * power
    }

    /// Multiples of a step within a range, at least from rounding errors.
    package static func multiples(of step: Double, _ lower: Double, _ upper: Double) -> [Double] {
        let first = ceil(lower / step - 1e-9)
        let last = floor(upper / step + 1e-9)
        guard last >= first, last - first < 1000 else { return [] }
        return stride(from: first, through: last, by: 1).map { $0 * step }
    }

    /// At most about `most` numbers of one round step.
    package static func numbers(_ scale: Scale, most: Int = 5) -> [Tick] {
        let step = roundStep((scale.upper - scale.lower) / Double(max(1, most)))
        return multiples(of: step, scale.lower, scale.upper).map { Tick($0, NumberText.axis($0, step: step)) }
    }

    /// Whole numbers.
    package static func counts(_ scale: Scale, most: Int = 5) -> [Tick] {
        let step = max(1, roundStep((scale.upper - scale.lower) / Double(max(1, most))))
        return multiples(of: step, scale.lower, scale.upper).map { Tick($0, NumberText.axis($0, step: step)) }
    }

    /// Shares of 1 as percentages.
    package static func shares(_ scale: Scale, most: Int = 5) -> [Tick] {
        let step = roundStep((scale.upper - scale.lower) / Double(max(1, most)))
        return multiples(of: step, scale.lower, scale.upper).map {
            Tick($0, NumberText.axis($0 * 100, step: step * 100) + " %")
        }
    }

    /// Powers of ten; with few of them their thirds, or their halves and fifths, too.
    package static func decades(_ scale: Scale, most: Int = 6) -> [Tick] {
        let (lower, upper) = (log10(scale.lower), log10(scale.upper))
        let first = Int(floor(lower))
        let last = Int(ceil(upper))
        let range = scale.lower * (1 - 1e-9)...scale.upper * (1 + 1e-9)
        func within(_ factors: [Double], every stride: Int = 1) -> [Tick] {
            var ticks: [Tick] = []
            for exponent in first...last where exponent % stride == 0 {
                let values = factors.map { $0 * pow(10, Double(exponent)) }
                ticks += values.filter(range.contains).map { Tick($0, NumberText.power($0)) }
            }
            return ticks
        }
        for factors in [[1.0, 2, 5], [1, 3]] {
            let ticks = within(factors)
            if ticks.count <= most { return ticks }
        }
        let stride = max(1, Int(ceil((upper - lower) / Double(most))))
        return within([1], every: stride)
    }

    private static let byteSteps = (0..<60).map { pow(2, Double($0)) }

    /// Bytes in binary units.
    package static func bytes(_ scale: Scale, most: Int = 5) -> [Tick] {
        let least = (scale.upper - scale.lower) / Double(max(1, most))
        let step = byteSteps.first { $0 >= least } ?? byteSteps[byteSteps.count - 1]
        return multiples(of: step, scale.lower, scale.upper).map { Tick($0, NumberText.bytes($0)) }
    }

    private static let timeSteps: [Double] = [
        1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 21_600, 43_200, 86_400,
    ]

    /// Times in seconds, minutes, hours or days.
    package static func times(_ scale: Scale, most: Int = 5) -> [Tick] {
        let least = (scale.upper - scale.lower) / Double(max(1, most))
        let day = 86_400.0
        let step =
            least <= 1 ? roundStep(least) : timeSteps.first { $0 >= least } ?? roundStep(least / day) * day
        return multiples(of: step, scale.lower, scale.upper).map {
            Tick($0, NumberText.time($0, step: step, longest: scale.upper))
        }
    }
}
