import Engine
import Memory

/// The number of the bin of each value: how many boundaries are not above it.
public final class Discretization: Layer {
    /// Ascending.
    public let binBoundaries: [Double]
    /// Nil for the numbers of the bins, as int32; else these encoded as categories.
    public let outputMode: CategoryMode?

    public init(binBoundaries: [Double], outputMode: CategoryMode? = nil, name: String = "") {
        self.binBoundaries = binBoundaries
        self.outputMode = outputMode
        super.init(name: name)
    }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard zip(binBoundaries, binBoundaries.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw error("bin_boundaries is \(binBoundaries), expected ascending numbers")
        }
        guard let outputMode else { return input }
        guard let shape = outputMode.outputShape(of: input, depth: binBoundaries.count + 1) else {
            throw error("the input has no axes, expected at least one for output_mode \(outputMode.rawValue)")
        }
        return shape
    }

    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] {
        [outputMode == nil ? .int32 : .float32]
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let values = input.casted(to: .float32)
        let count = binBoundaries.count
        let boundaries = input.graph.constant(binBoundaries.map { Float($0) }, shape: [count])
        // As in Keras what is not a number lies above all boundaries.
        let above = values.reshaped(Shape(values.shape.dimensions + [1])).less(boundaries)
        let bins = above.sum(axes: [-1]).scaled(by: -1, offset: Float(count))
        guard let outputMode else { return bins.casted(to: .int32) }
        return outputMode.encoded(bins, depth: count + 1).casted(to: policy.computeType)
    }
}
