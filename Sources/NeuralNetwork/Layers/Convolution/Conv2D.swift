import Engine
import Memory

/// `activation(conv(x, kernel) + bias)` over images (height, width, channels); kernel (height, width, in, filters).
public final class Conv2D: Layer {
    public let filters: Int
    /// Height and width.
    public let kernelSize: [Int]
    public let strides: [Int]
    public let padding: Padding
    public let dilationRate: [Int]
    public let activation: ActivationFunction
    public let useBias: Bool
    public package(set) var kernel: WeightOptions
    public package(set) var bias: WeightOptions

    /// A convolution with a rectangular kernel.
    public init(
        _ filters: Int, kernelSize: [Int], strides: [Int] = [1, 1], padding: Padding = .valid,
        dilationRate: [Int] = [1, 1], activation: ActivationFunction = .linear, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        kernelRegularizer: (any Regularizer)? = nil, biasRegularizer: (any Regularizer)? = nil,
        kernelConstraint: (any Constraint)? = nil, biasConstraint: (any Constraint)? = nil, name: String = ""
    ) {
        precondition(
            filters > 0 && kernelSize.count == 2 && strides.count == 2 && dilationRate.count == 2,
            "Conv2D: filters \(filters), kernel \(kernelSize), strides \(strides), dilation \(dilationRate)")
        self.filters = filters
        self.kernelSize = kernelSize
        self.strides = strides
        self.padding = padding
        self.dilationRate = dilationRate
        self.activation = activation
        self.useBias = useBias
        kernel = WeightOptions(kernelInitializer, regularizer: kernelRegularizer, constraint: kernelConstraint)
        bias = WeightOptions(biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint)
        super.init(name: name)
    }

    /// A convolution with a square kernel.
    public convenience init(
        _ filters: Int, kernel: Int, strides: Int = 1, padding: Padding = .valid,
        activation: ActivationFunction = .linear, useBias: Bool = true, name: String = ""
    ) {
        self.init(
            filters, kernelSize: [kernel, kernel], strides: [strides, strides], padding: padding,
            activation: activation, useBias: useBias, name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard input.rank == 3 else {
            throw error("the input has shape \(input), expected (height, width, channels)")
        }
        let window = Window2D(size: kernelSize, strides: strides, dilation: dilationRate, padding: padding)
        return Shape(window.outputExtents(of: input) + [filters])
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        [ParameterSpecification("kernel", Shape(kernelSize + [input.last, filters]), kernel)]
            + (useBias ? [ParameterSpecification("bias", [filters], bias)] : [])
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        activation(
            input.convolution2D(
                context.parameters[0], bias: useBias ? context.parameters[1] : nil,
                strides: (strides[0], strides[1]), dilation: (dilationRate[0], dilationRate[1]), padding: padding))
    }
}

/// The shape rule that convolutions and poolings share.
struct Window2D {
    let size: [Int]
    let strides: [Int]
    let dilation: [Int]
    let padding: Padding

    /// Output positions along height and width; 0 where the window does not fit.
    func outputExtents(of input: Shape) -> [Int] {
        (0..<2).map { axis in
            let reach = (size[axis] - 1) * dilation[axis] + 1
            switch padding {
            case .same: return (input[axis] + strides[axis] - 1) / strides[axis]
            case .valid: return input[axis] < reach ? 0 : (input[axis] - reach) / strides[axis] + 1
            }
        }
    }
}
