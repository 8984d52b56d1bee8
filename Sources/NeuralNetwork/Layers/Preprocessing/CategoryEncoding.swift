import Engine
import Memory

/// How categories become vectors.
public enum CategoryMode: String, Sendable, CaseIterable {
    /// Each category a vector with a 1 at its place.
    case oneHot = "one_hot"
    /// One vector for all categories of the first axis of a sample: 1 at the place of each that is there.
    case multiHot = "multi_hot"
    /// One vector for all categories of the first axis of a sample: how often each is there.
    case count

    /// The shape of the vectors for samples of category numbers; nil for samples without axes that would need one.
    func outputShape(of input: Shape, depth: Int) -> Shape? {
        switch self {
        case .oneHot:
            Shape((input.rank > 0 && input.last == 1 ? input.dimensions.dropLast() : input.dimensions) + [depth])
        case .multiHot, .count: input.rank == 0 ? nil : Shape(input.dimensions.dropFirst() + [depth])
        }
    }

    /// The vectors of categories 0 ..< depth; others have no place.
    ///
    /// - Parameter weights: what each category counts for; nil for 1.
    func encoded(_ categories: Tensor, depth: Int, weights: Tensor? = nil) -> Tensor {
        var categories = categories.casted(to: .float32)
        if self == .oneHot && categories.shape.rank > 1 && categories.shape.last == 1 {
            categories = categories.reshaped(Shape(Array(categories.shape.dimensions.dropLast())))
        }
        let places = categories.graph.constant((0..<depth).map { Float($0) }, shape: [depth])
        var vectors = categories.reshaped(Shape(categories.shape.dimensions + [1])).equal(places)
        if let weights { vectors = vectors * weights.reshaped(Shape(weights.shape.dimensions + [1])) }
        switch self {
        case .oneHot: return vectors
        case .multiHot: return vectors.max(axes: [1])
        case .count: return vectors.sum(axes: [1])
        }
    }
}

/// Category numbers as vectors of `numTokens` places.
///
/// The argument `count_weights` of a call says what each category counts for in the mode `count`.
public final class CategoryEncoding: Layer {
    public let numTokens: Int
    public let outputMode: CategoryMode

    public init(numTokens: Int, outputMode: CategoryMode = .multiHot, name: String = "") {
        self.numTokens = numTokens
        self.outputMode = outputMode
        super.init(name: name)
    }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard numTokens > 0 else { throw error("num_tokens is \(numTokens), expected a positive number") }
        guard let shape = outputMode.outputShape(of: input, depth: numTokens) else {
            throw error("the input has no axes, expected at least one for output_mode \(outputMode.rawValue)")
        }
        return shape
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let weights = outputMode == .count ? context.keywords["count_weights"]?.first : nil
        return outputMode.encoded(input, depth: numTokens, weights: weights).casted(to: policy.computeType)
    }
}
