import Engine
import Memory

/// `activation(x · kernel + bias)` along the last axis; kernel (in, units), bias (units).
public final class Dense: Layer {
    public static let kind = "Dense"
    public var name: String
    public var isTrainable = true
    public let units: Int
    public let activation: ActivationFunction
    public let useBias: Bool
    public let kernelInitializer: Initializer
    public let biasInitializer: Initializer

    public init(
        _ units: Int, activation: ActivationFunction = .linear, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros, name: String = ""
    ) {
        precondition(units > 0, "Dense: units \(units), expected a positive number")
        self.units = units
        self.activation = activation
        self.useBias = useBias
        self.kernelInitializer = kernelInitializer
        self.biasInitializer = biasInitializer
        self.name = name
    }

    public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard input.rank >= 1 else { throw error("the input has no axes, expected at least one") }
        return Shape(input.dimensions.dropLast() + [units])
    }

    public func parameters(for input: Shape) -> [ParameterSpecification] {
        [ParameterSpecification("kernel", [input.last, units], kernelInitializer)]
            + (useBias ? [ParameterSpecification("bias", [units], biasInitializer)] : [])
    }

    public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let rows = input.shape.elementCount / input.shape.last
        let product = input.reshaped([rows, input.shape.last])
            .innerProduct(context.parameters[0], bias: useBias ? context.parameters[1] : nil)
        // The activation works on rows, so that it is fused into the product.
        return activation(product).reshaped(Shape(input.shape.dimensions.dropLast() + [units]))
    }
}
