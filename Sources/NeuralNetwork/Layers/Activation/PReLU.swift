import Engine
import Memory

/// `x` from 0 on, `alpha · x` below; alpha, which is trained, has the shape of a sample.
public final class PReLU: Layer {
    /// Axes along which alpha is the same, the first behind the batch being 1.
    public let sharedAxes: [Int]
    public package(set) var alpha: WeightOptions

    public init(
        sharedAxes: [Int] = [], alphaInitializer: Initializer = .zeros, alphaRegularizer: (any Regularizer)? = nil,
        alphaConstraint: (any Constraint)? = nil, name: String = ""
    ) {
        self.sharedAxes = sharedAxes
        alpha = WeightOptions(alphaInitializer, regularizer: alphaRegularizer, constraint: alphaConstraint)
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard sharedAxes.allSatisfy({ (1...max(1, input.rank)).contains($0) && input.rank > 0 }) else {
            throw error("shared_axes is \(sharedAxes), expected axes of an input of shape \(input), the first being 1")
        }
        return input
    }

    override public func parameters(for input: Shape) -> [ParameterSpecification] {
        var shape = input
        for axis in sharedAxes { shape[axis - 1] = 1 }
        return [ParameterSpecification("alpha", shape, alpha)]
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        input.relu() - context.parameters[0] * (-input).relu()
    }
}
