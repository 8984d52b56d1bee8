extension Initializer {
    /// All zeros.
    public static let zeros = Initializer(kind: "Zeros")
    /// All ones.
    public static let ones = Initializer(kind: "Ones")
    /// Uniform in ±√(6 / (fanIn + fanOut)).
    public static let glorotUniform = Initializer(kind: "GlorotUniform")
    /// Normal with variance 2 / (fanIn + fanOut), cut at two deviations of the normal distribution that it is cut from.
    public static let glorotNormal = Initializer(kind: "GlorotNormal")
    /// Uniform in ±√(6 / fanIn).
    public static let heUniform = Initializer(kind: "HeUniform")
    /// Normal with variance 2 / fanIn, cut as `glorotNormal`.
    public static let heNormal = Initializer(kind: "HeNormal")
    /// Uniform in ±√(3 / fanIn).
    public static let lecunUniform = Initializer(kind: "LecunUniform")
    /// Normal with variance 1 / fanIn, cut as `glorotNormal`.
    public static let lecunNormal = Initializer(kind: "LecunNormal")
    /// Orthonormal rows or columns, whichever are fewer.
    public static let orthogonal = orthogonal(gain: 1)

    /// One value everywhere.
    public static func constant(_ value: Double) -> Initializer {
        Initializer(kind: "Constant", arguments: ["value": .number(value)])
    }

    /// Uniform in a range.
    public static func randomUniform(
        minimum: Double = -0.05, maximum: Double = 0.05, seed: Int? = nil
    ) -> Initializer {
        Initializer(
            kind: "RandomUniform",
            arguments: ["minval": .number(minimum), "maxval": .number(maximum), "seed": argument(seed)])
    }

    /// Normal.
    public static func randomNormal(
        mean: Double = 0, standardDeviation: Double = 0.05, seed: Int? = nil
    ) -> Initializer {
        normal("RandomNormal", mean, standardDeviation, seed)
    }

    /// Normal, drawn again beyond two deviations from the mean.
    public static func truncatedNormal(
        mean: Double = 0, standardDeviation: Double = 0.05, seed: Int? = nil
    ) -> Initializer {
        normal("TruncatedNormal", mean, standardDeviation, seed)
    }

    /// With variance `scale / n`, where n is a fan of the weight.
    public static func varianceScaling(
        scale: Double = 1, mode: FanMode = .fanIn, distribution: Distribution = .truncatedNormal, seed: Int? = nil
    ) -> Initializer {
        Initializer(
            kind: "VarianceScaling",
            arguments: [
                "scale": .number(scale), "mode": .text(mode.rawValue), "distribution": .text(distribution.rawValue),
                "seed": argument(seed), "input_axes": .none, "output_axes": .none,
            ])
    }

    /// Orthonormal rows or columns, whichever are fewer, times `gain`. Leading axes count as one.
    public static func orthogonal(gain: Double, seed: Int? = nil) -> Initializer {
        Initializer(kind: "Orthogonal", arguments: ["gain": .number(gain), "seed": argument(seed)])
    }

    /// `gain` on the diagonal of a matrix, 0 elsewhere.
    public static func identity(gain: Double = 1) -> Initializer {
        Initializer(kind: "Identity", arguments: ["gain": .number(gain)])
    }

    /// Which of a weight's fans counts.
    public enum FanMode: String, Sendable {
        case fanIn = "fan_in"
        case fanOut = "fan_out"
        /// The mean of both.
        case fanAverage = "fan_avg"
    }

    /// How values with a given variance are distributed.
    public enum Distribution: String, Sendable {
        case uniform
        /// Cut at two deviations of a normal distribution that is as much wider.
        case truncatedNormal = "truncated_normal"
        case untruncatedNormal = "untruncated_normal"
    }

    private static func argument(_ seed: Int?) -> Argument { seed.map { .integer($0) } ?? .none }

    private static func normal(_ kind: String, _ mean: Double, _ deviation: Double, _ seed: Int?) -> Initializer {
        Initializer(
            kind: kind, arguments: ["mean": .number(mean), "stddev": .number(deviation), "seed": argument(seed)])
    }
}
