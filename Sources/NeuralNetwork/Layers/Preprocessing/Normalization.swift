import Engine
import Memory

/// `(x − mean) / max(√variance, 10⁻⁷)`, with a mean and a variance for each index of the kept axes. Keras's layer.
///
/// The statistics are given here, or are parameters of the layer that no training changes: `Model.adapt` computes them
/// from data, and until then the mean is 0 and the variance 1.
public final class Normalization: Layer {
    /// The kept axes as Keras counts them, the batch being axis 0; empty for one mean and one variance of everything.
    public let axis: [Int]
    /// The statistics that were given; nil for those that are adapted to data.
    public let moments: Moments?
    /// Whether the layer turns normalized values back: `mean + x · max(√variance, 10⁻⁷)`.
    public let invert: Bool

    /// The least deviation: Keras's `backend.epsilon()`.
    private static let epsilon: Float = 1e-7

    /// Statistics that are given rather than learned.
    public struct Moments: Sendable, Hashable {
        /// Extents of both arrays; broadcast to the kept axes, from the last one on. Empty for a single number.
        public let shape: Shape
        /// Row-major.
        public let mean: [Double]
        /// Row-major.
        public let variance: [Double]

        /// Arrays of one shape: by default one axis, and none for a single number.
        public init(mean: [Double], variance: [Double], shape: Shape? = nil) {
            let shape = shape ?? (mean.count == 1 ? [] : [mean.count])
            precondition(
                mean.count == variance.count && mean.count == shape.elementCount,
                "Normalization: \(mean.count) means and \(variance.count) variances of shape \(shape)")
            self.shape = shape
            self.mean = mean
            self.variance = variance
        }
    }

    /// Several kept axes, or none at all.
    ///
    /// - Parameters:
    ///   - axis: as Keras counts axes, the batch being 0; nil or none for one mean and one variance of everything.
    ///   - moments: of at most as many axes as are kept.
    public init(axis: [Int]?, moments: Moments? = nil, invert: Bool = false, name: String = "") {
        self.axis = axis ?? []
        self.moments = moments
        self.invert = invert
        super.init(name: name)
        precondition(
            (moments?.shape.rank ?? 0) <= self.axis.count,
            "Normalization: moments of shape \(moments?.shape ?? []) for \(self.axis.count) kept axes")
    }

    /// One kept axis: by default the last one.
    public convenience init(axis: Int = -1, moments: Moments? = nil, invert: Bool = false, name: String = "") {
        self.init(axis: [axis], moments: moments, invert: invert, name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        let kept = try keptAxes(of: input).shape
        if let moments {
            let missing = kept.rank - moments.shape.rank
            let fits = moments.shape.dimensions.enumerated().allSatisfy { index, extent in
                extent == 1 || extent == kept[missing + index]
            }
            guard fits else {
                throw error("mean and variance have shape \(moments.shape), expected \(kept) or what broadcasts to it")
            }
        }
        return input
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        guard moments == nil else { return [] }
        let shape = resolved(input).shape
        return [
            ParameterSpecification("mean", shape, .zeros, isTrainable: false),
            ParameterSpecification("variance", shape, .ones, isTrainable: false),
            // Keras keeps it at 0, for old files' sake.
            ParameterSpecification("count", [], .zeros, isTrainable: false, fileType: .int32),
        ]
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let kept = resolved(input.shape.withoutFirst)
        let mean, variance: Tensor
        if let moments {
            mean = input.graph.constant(moments.broadcast(moments.mean, to: kept.shape), shape: kept.shape)
            variance = input.graph.constant(moments.broadcast(moments.variance, to: kept.shape), shape: kept.shape)
        } else {
            (mean, variance) = (context.parameters[0], context.parameters[1])
        }
        return input.normalized(
            mean: mean, variance: variance, along: kept, epsilon: Self.epsilon, isInverted: invert)
    }

    /// The kept axes of samples of the given shape, or why it does not have them.
    package func keptAxes(of input: Shape) throws(ModelError) -> KeptAxes {
        do throws(AxisError) {
            return try KeptAxes(axis, of: input)
        } catch {
            throw self.error(error.reason)
        }
    }

    /// The kept axes of an input that `outputShape` has accepted.
    private func resolved(_ input: Shape) -> KeptAxes {
        do { return try keptAxes(of: input) } catch { preconditionFailure("\(error)") }
    }
}

extension Normalization.Moments {
    /// Values of this shape, repeated to another one whose last axes are these, or where these have extent 1.
    fileprivate func broadcast(_ values: [Double], to target: Shape) -> [Float] {
        let missing = target.rank - shape.rank
        return (0..<target.elementCount).map { number in
            var (rest, position, stride) = (number, 0, 1)
            for axis in (0..<target.rank).reversed() {
                let index = rest % target[axis]
                rest /= target[axis]
                guard axis >= missing else { continue }
                if shape[axis - missing] != 1 { position += index * stride }
                stride *= shape[axis - missing]
            }
            return Float(values[position])
        }
    }
}
