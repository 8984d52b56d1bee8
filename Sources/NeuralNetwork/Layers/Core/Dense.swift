import Engine
import Memory

/// `activation(x · kernel + bias)` along the last axis; kernel (in, units), bias (units).
public final class Dense: Layer {
    public let units: Int
    public let activation: ActivationFunction
    public let useBias: Bool
    public package(set) var kernel: WeightOptions
    public package(set) var bias: WeightOptions

    public init(
        _ units: Int, activation: ActivationFunction = .linear, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        kernelRegularizer: (any Regularizer)? = nil, biasRegularizer: (any Regularizer)? = nil,
        kernelConstraint: (any Constraint)? = nil, biasConstraint: (any Constraint)? = nil, name: String = ""
    ) {
        precondition(units > 0, "Dense: units \(units), expected a positive number")
        self.units = units
        self.activation = activation
        self.useBias = useBias
        kernel = WeightOptions(kernelInitializer, regularizer: kernelRegularizer, constraint: kernelConstraint)
        bias = WeightOptions(biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint)
        super.init(name: name)
    }

    override public var supportsMasking: Bool { true }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard input.rank >= 1 else { throw error("the input has no axes, expected at least one") }
        return try activated(Shape(input.dimensions.dropLast() + [units]), activation)
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        [ParameterSpecification("kernel", [input.last, units], kernel)]
            + (useBias ? [ParameterSpecification("bias", [units], bias)] : [])
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let rows = input.shape.elementCount / input.shape.last
        let product = input.reshaped([rows, input.shape.last])
            .innerProduct(context.parameters[0], bias: useBias ? context.parameters[1] : nil)
        let shape = Shape(input.shape.dimensions.dropLast() + [units])
        // On rows the activation is fused into the product.
        return activation.isOfRows ? activation(product).reshaped(shape) : activation(product.reshaped(shape))
    }
}
