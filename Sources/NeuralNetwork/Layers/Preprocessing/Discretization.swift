import Engine
import Memory

/// The number of the bin of each value: how many boundaries are not above it.
public final class Discretization: Layer {
    /// Ascending; none before a layer of `numBins` is adapted.
    public private(set) var binBoundaries: [Double]
    /// How many bins `adaptBins` makes; nil where the boundaries were given.
    public let numBins: Int?
    /// How exactly `adaptBins` finds the boundaries, as a part of all values.
    public let epsilon: Double
    /// Nil for the numbers of the bins, as int32; else these encoded as categories.
    public let outputMode: CategoryMode?

    public init(binBoundaries: [Double], outputMode: CategoryMode? = nil, name: String = "") {
        self.binBoundaries = binBoundaries
        self.outputMode = outputMode
        (numBins, epsilon) = (nil, 0.01)
        super.init(name: name)
    }

    /// Bins that each hold as many of the data's values as the others; `adaptBins` finds their boundaries.
    ///
    /// - Parameters:
    ///   - epsilon: how exactly, as a part of all values: no more than `1 / epsilon` numbers are kept meanwhile.
    ///   - binBoundaries: those that were found before, as a file has them.
    public init(
        numBins: Int, epsilon: Double = 0.01, binBoundaries: [Double] = [], outputMode: CategoryMode? = nil,
        name: String = ""
    ) {
        precondition(numBins > 0, "Discretization: \(numBins) bins, expected a positive number")
        precondition(Self.epsilons.contains(epsilon), "Discretization: epsilon \(epsilon), expected \(Self.epsilons)")
        self.binBoundaries = binBoundaries
        self.outputMode = outputMode
        (self.numBins, self.epsilon) = (numBins, epsilon)
        super.init(name: name)
    }

    /// What `epsilon` may be.
    package static let epsilons = 1e-6...0.5

    /// Whether there are boundaries: given ones, or found by `adaptBins`.
    package var isAdapted: Bool { numBins == nil || !binBoundaries.isEmpty || numBins == 1 || wasAdapted }
    /// Data of one value have no boundaries.
    private var wasAdapted = false

    /// The number of categories of an output that encodes the bins.
    private var depth: Int { isAdapted ? binBoundaries.count + 1 : numBins! }

    /// Takes boundaries that were found in data.
    ///
    /// - Throws: where encoded bins would be fewer or more than the model was made for.
    package func adapt(to boundaries: [Double]) throws(ModelError) {
        // As numpy counts, some numbers of bins get a boundary too many; the last is one above all values.
        let fitting =
            outputMode == nil ? boundaries : Array(boundaries.prefix(numBins.map { $0 - 1 } ?? boundaries.count))
        guard outputMode == nil || fitting.count + 1 == depth else {
            throw error(
                "the data give \(boundaries.count + 1) bins, the output is made for \(depth); fewer numBins would do")
        }
        binBoundaries = fitting
        wasAdapted = true
    }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard zip(binBoundaries, binBoundaries.dropFirst()).allSatisfy({ $0 <= $1 }) else {
            throw error("bin_boundaries is \(binBoundaries), expected ascending numbers")
        }
        guard let outputMode else { return input }
        guard let shape = outputMode.outputShape(of: input, depth: depth) else {
            throw error("the input has no axes, expected at least one for output_mode \(outputMode.rawValue)")
        }
        return shape
    }

    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] {
        [outputMode == nil ? .int32 : .float32]
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let values = input.casted(to: .float32)
        // Shapes are known before there are boundaries; a step that runs is not planned without them.
        let numbers = isAdapted ? binBoundaries.map { Float($0) } : [Float](repeating: 0, count: numBins! - 1)
        let count = numbers.count
        let bins: Tensor
        if count == 0 {
            bins = input.graph.constant(0, shape: values.shape)
        } else {
            let boundaries = input.graph.constant(numbers, shape: [count])
            // As in Keras what is not a number lies above all boundaries.
            let above = values.reshaped(Shape(values.shape.dimensions + [1])).less(boundaries)
            bins = above.sum(axes: [-1]).scaled(by: -1, offset: Float(count))
        }
        guard let outputMode else { return bins.casted(to: .int32) }
        return outputMode.encoded(bins, depth: count + 1).casted(to: policy.computeType)
    }
}
