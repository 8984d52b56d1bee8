import Memory

/// How a parameter gets its first values, by Keras's names.
///
/// An initializer that came with a loaded model is kept as it is for writing the model back, also if this library cannot
/// draw from it: its values are in the file.
public struct Initializer: Sendable, Equatable {
    /// An argument of an initializer in Keras's configuration.
    public enum Argument: Sendable, Equatable {
        case none
        case integer(Int)
        case number(Double)
        case text(String)
    }

    /// Keras's class name.
    public let kind: String
    public let arguments: [String: Argument]

    public init(kind: String, arguments: [String: Argument] = [:]) {
        self.kind = kind
        self.arguments = arguments
    }

    /// All zeros.
    public static let zeros = Initializer(kind: "Zeros")
    /// All ones.
    public static let ones = Initializer(kind: "Ones")
    /// Uniform in ±√(6 / (fanIn + fanOut)).
    public static let glorotUniform = Initializer(kind: "GlorotUniform")
    /// Uniform in ±√(6 / fanIn).
    public static let heUniform = Initializer(kind: "HeUniform")

    /// Values for a parameter, row-major; the same for the same seed and stream.
    ///
    /// Fans are Keras's: for (…, in, out) the product of the leading axes times in, and times out.
    package func values(for shape: Shape, seed: UInt64, stream: UInt64) throws(ModelError) -> [Float] {
        let count = shape.elementCount
        let receptive = shape.rank > 2 ? shape.dimensions.dropLast(2).reduce(1, *) : 1
        let fanIn = Float(shape.rank > 1 ? shape[shape.rank - 2] * receptive : shape.last)
        let fanOut = Float(shape.last * receptive)
        switch kind {
        case "Zeros": return Array(repeating: 0, count: count)
        case "Ones": return Array(repeating: 1, count: count)
        case "GlorotUniform": return Self.uniform(count, (6 / (fanIn + fanOut)).squareRoot(), seed, stream)
        case "HeUniform": return Self.uniform(count, (6 / fanIn).squareRoot(), seed, stream)
        default:
            throw ModelError(
                "initializer \(kind): cannot draw from it; use GlorotUniform, HeUniform, Zeros or Ones, or load weights"
            )
        }
    }

    private static func uniform(_ count: Int, _ limit: Float, _ seed: UInt64, _ stream: UInt64) -> [Float] {
        var generator = SplitMix64(seed: seed, stream: stream)
        return (0..<count).map { _ in generator.uniform(in: -limit..<limit) }
    }
}

/// The generator splitmix64: small, fast, and good enough for first weights.
struct SplitMix64: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64, stream: UInt64) {
        state = seed
        state = next() ^ (stream &* 0xd134_2543_de82_ef95)
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// 24 random bits scaled to the range.
    mutating func uniform(in range: Range<Float>) -> Float {
        range.lowerBound + Float(next() >> 40) * 0x1p-24 * (range.upperBound - range.lowerBound)
    }
}
