import Engine
import Memory

/// The sums of products of two inputs along one axis of each, sample by sample.
///
/// (…a, k, …b) with (…c, k, …d) gives (…a, …b, …c, …d); two vectors give one number.
public final class Dot: Layer {
    /// An axis of each input as Keras counts them: the batch is 0, negative ones count from the last.
    public let axes: [Int]
    /// Whether both inputs are divided by their Euclidean norms along the axes first.
    public let normalize: Bool

    /// One axis for each of two inputs.
    public init(axes: [Int], normalize: Bool = false, name: String = "") {
        self.axes = axes
        self.normalize = normalize
        super.init(name: name)
    }

    /// The same axis of both inputs.
    public convenience init(axes: Int, normalize: Bool = false, name: String = "") {
        self.init(axes: [axes], normalize: normalize, name: name)
    }

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        guard inputs.count == 2 else { throw error("takes two inputs, got \(inputs.count)") }
        guard axes.count == 1 || axes.count == 2 else { throw error("axes is \(axes), expected one or two numbers") }
        let left = try sampleAxis(axes[0], of: inputs[0])
        let right = try sampleAxis(axes[axes.count - 1], of: inputs[1])
        guard inputs[0][left] == inputs[1][right] else {
            throw error("the inputs have shapes \(inputs), whose extents along axes \(axes) must be equal")
        }
        let kept = without(left, inputs[0]) + without(right, inputs[1])
        return [Shape(kept.isEmpty ? [1] : kept)]
    }

    private func without(_ axis: Int, _ shape: Shape) -> [Int] {
        Array(shape.dimensions[..<axis] + shape.dimensions[(axis + 1)...])
    }

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        let left = rows(inputs[0], axis: axes[0])
        let right = rows(inputs[1], axis: axes[axes.count - 1])
        let product = left.tensor.matrixProduct(right.tensor, transposeRight: true)
        let kept = left.kept + right.kept
        return [product.reshaped(Shape([product.shape[0]] + (kept.isEmpty ? [1] : kept)))]
    }

    /// An input as (batch, everything else, the axis), and the extents of everything else.
    private func rows(_ input: Tensor, axis: Int) -> (tensor: Tensor, kept: [Int]) {
        let axis = axis < 0 ? axis + input.shape.rank : axis
        let others = (1..<input.shape.rank).filter { $0 != axis }
        let kept = others.map { input.shape[$0] }
        var rows = input.transposed([0] + others + [axis])
            .reshaped([input.shape[0], kept.reduce(1, *), input.shape[axis]])
        if normalize { rows = rows.unitNorm(axes: [-1]) }
        return (rows, kept)
    }

    override public func outputMasks(
        _ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext
    ) -> [Tensor?] {
        [nil]
    }
}

extension Tensor {
    /// Divided by the Euclidean norm over axes, or by `epsilon` where that is larger.
    func unitNorm(axes: [Int], epsilon: Float = 1e-7) -> Tensor {
        let squares = square().sum(axes: axes, keepDimensions: true)
        return self * squares.clipped(from: epsilon * epsilon, to: .infinity).reciprocalSquareRoot()
    }
}
