import Memory

extension Initializer {
    /// Values for a parameter, row-major; the same for the same seed and stream, or for the initializer's own seed.
    package func values(for shape: Shape, seed: UInt64, stream: UInt64) throws(ModelError) -> [Float] {
        if let ones {
            var others = self
            others.ones = nil
            var values = try others.values(for: shape, seed: seed, stream: stream)
            for index in ones { values[index] = 1 }
            return values
        }
        let count = shape.elementCount
        let own: UInt64? =
            if case .integer(let number)? = arguments["seed"] { UInt64(bitPattern: Int64(number)) } else { nil }
        var generator = SplitMix64(seed: own ?? seed, stream: own == nil ? stream : 0)
        switch kind {
        case "Zeros": return Array(repeating: 0, count: count)
        case "Ones": return Array(repeating: 1, count: count)
        case "Constant": return Array(repeating: Float(number("value") ?? 0), count: count)
        case "Identity", "IdentityInitializer": return try identity(shape)
        case "Orthogonal", "OrthogonalInitializer": return try orthogonal(shape, &generator)
        case "RandomUniform":
            let (lower, upper) = (number("minval") ?? -0.05, number("maxval") ?? 0.05)
            guard lower <= upper else { throw refused("minval is \(lower) and maxval \(upper), expected a range") }
            return (0..<count).map { _ in generator.uniform(in: Float(lower)..<Float(upper)) }
        case "RandomNormal", "TruncatedNormal":
            let (mean, deviation) = (number("mean") ?? 0, number("stddev") ?? 0.05)
            let isTruncated = kind == "TruncatedNormal"
            return (0..<count).map { _ in
                Float(mean + deviation * (isTruncated ? generator.truncatedNormal() : generator.normal()))
            }
        default:
            guard let scaling = try scaling() else {
                throw refused("it is unknown; use one of Keras's numerical initializers, or load weights")
            }
            return scaled(scaling, shape, &generator)
        }
    }

    private func refused(_ text: String) -> ModelError {
        ModelError("initializer \(kind): cannot draw from it: \(text)")
    }

    // MARK: Variance scaling

    private typealias Scaling = (scale: Double, mode: FanMode, distribution: Distribution)

    /// Nil for kinds that are none.
    private func scaling() throws(ModelError) -> Scaling? {
        switch kind {
        case "GlorotUniform": return (1, .fanAverage, .uniform)
        case "GlorotNormal": return (1, .fanAverage, .truncatedNormal)
        case "HeUniform": return (2, .fanIn, .uniform)
        case "HeNormal": return (2, .fanIn, .truncatedNormal)
        case "LecunUniform": return (1, .fanIn, .uniform)
        case "LecunNormal": return (1, .fanIn, .truncatedNormal)
        case "VarianceScaling":
            let (scale, mode) = (number("scale") ?? 1, text("mode") ?? "fan_in")
            let name = text("distribution") ?? "truncated_normal"
            guard scale > 0 else { throw refused("scale is \(scale), expected a positive number") }
            guard let fan = FanMode(rawValue: mode) else {
                throw refused("mode is \"\(mode)\", expected fan_in, fan_out or fan_avg")
            }
            guard let distribution = Distribution(rawValue: name == "normal" ? "truncated_normal" : name) else {
                throw refused(
                    "distribution is \"\(name)\", expected uniform, truncated_normal or untruncated_normal")
            }
            return (scale, fan, distribution)
        default: return nil
        }
    }

    private func scaled(_ scaling: Scaling, _ shape: Shape, _ generator: inout SplitMix64) -> [Float] {
        let (fanIn, fanOut) = fans(of: shape)
        let fan =
            switch scaling.mode {
            case .fanIn: fanIn
            case .fanOut: fanOut
            case .fanAverage: (fanIn + fanOut) / 2
            }
        let variance = scaling.scale / max(1, fan)
        let count = shape.elementCount
        switch scaling.distribution {
        case .uniform:
            let limit = Float((3 * variance).squareRoot())
            return (0..<count).map { _ in generator.uniform(in: -limit..<limit) }
        case .untruncatedNormal:
            return (0..<count).map { _ in Float(variance.squareRoot() * generator.normal()) }
        case .truncatedNormal:
            // The deviation of the standard normal distribution cut at ±2.
            let deviation = variance.squareRoot() / 0.879_625_661_034_239_78
            return (0..<count).map { _ in Float(deviation * generator.truncatedNormal()) }
        }
    }

    /// The numbers of units on both sides of a weight. Of (…, in, out): the product of the leading axes times in, and
    /// times out.
    private func fans(of shape: Shape) -> (input: Double, output: Double) {
        let own = integers("input_axes").flatMap { input in
            integers("output_axes").map { FanAxes(input: input, output: $0) }
        }
        if let axes = own ?? fanAxes, (axes.input + axes.output).allSatisfy({ (-shape.rank..<shape.rank).contains($0) })
        {
            func count(_ axes: [Int]) -> Double {
                axes.reduce(1) { $0 * Double(shape[$1 < 0 ? $1 + shape.rank : $1]) }
            }
            return (count(axes.input), count(axes.output))
        }
        guard shape.rank > 1 else { return (Double(shape.last), Double(shape.last)) }
        let receptive = Double(shape.dimensions.dropLast(2).reduce(1, *))
        return (receptive * Double(shape[shape.rank - 2]), receptive * Double(shape.last))
    }

    // MARK: Matrices

    private func identity(_ shape: Shape) throws(ModelError) -> [Float] {
        guard shape.rank == 2 else { throw refused("the weight has shape \(shape), expected a matrix") }
        let gain = Float(number("gain") ?? 1)
        return (0..<shape.elementCount).map { $0 / shape[1] == $0 % shape[1] ? gain : 0 }
    }

    private func orthogonal(_ shape: Shape, _ generator: inout SplitMix64) throws(ModelError) -> [Float] {
        guard shape.rank >= 2 else { throw refused("the weight has shape \(shape), expected at least two axes") }
        let (rows, columns) = (shape.elementCount / max(1, shape.last), shape.last)
        let (count, length) = (min(rows, columns), max(rows, columns))
        let vectors = OrthonormalVectors(count: count, length: length, &generator)
        let gain = number("gain") ?? 1
        // The vectors are rows of the weight, or its columns where there are fewer of these.
        return (0..<rows * columns).map { index in
            let (row, column) = (index / columns, index % columns)
            let place = rows < columns ? row * length + column : column * length + row
            return Float(gain * vectors.values[place])
        }
    }
}
