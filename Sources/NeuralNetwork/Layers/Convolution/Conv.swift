import Engine
import Memory

/// `activation(conv(x, kernel) + bias)`; kernel (spatial…, in / groups, filters), bias (filters).
open class FilteringConvolution: ConvolutionLayer {
    public let filters: Int
    /// Parts into which channels and filters fall; each filter sees the channels of its own part.
    public let groups: Int

    public required init(filters: Int, groups: Int = 1, _ options: ConvolutionOptions, name: String = "") {
        precondition(
            filters > 0 && groups > 0 && filters % groups == 0,
            "convolution: filters \(filters) in \(groups) groups, expected a multiple")
        self.filters = filters
        self.groups = groups
        super.init(options, name: name)
    }

    /// A convolution with Keras's arguments.
    public convenience init(
        _ filters: Int, kernelSize: [Int], strides: [Int]? = nil, padding: Padding = .valid,
        dilationRate: [Int]? = nil, groups: Int = 1, activation: ActivationFunction = .linear, useBias: Bool = true,
        kernelInitializer: Initializer = .glorotUniform, biasInitializer: Initializer = .zeros,
        kernelRegularizer: (any Regularizer)? = nil, biasRegularizer: (any Regularizer)? = nil,
        kernelConstraint: (any Constraint)? = nil, biasConstraint: (any Constraint)? = nil, name: String = ""
    ) {
        self.init(
            filters: filters, groups: groups,
            ConvolutionOptions(
                kernelSize: kernelSize, strides: strides, padding: padding, dilationRate: dilationRate,
                activation: activation, useBias: useBias,
                kernel: WeightOptions(kernelInitializer, regularizer: kernelRegularizer, constraint: kernelConstraint),
                bias: WeightOptions(biasInitializer, regularizer: biasRegularizer, constraint: biasConstraint)),
            name: name)
    }

    /// A convolution with a kernel of equal extents.
    public convenience init(
        _ filters: Int, kernel: Int, strides: Int = 1, padding: Padding = .valid,
        activation: ActivationFunction = .linear, useBias: Bool = true, name: String = ""
    ) {
        let rank = Self.spatialRank
        self.init(
            filters, kernelSize: Array(repeating: kernel, count: rank), strides: Array(repeating: strides, count: rank),
            padding: padding, activation: activation, useBias: useBias, name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        let extents = try windowExtents(input)
        guard input.last % groups == 0 else {
            throw error("the input has \(input.last) channels, expected a multiple of the \(groups) groups")
        }
        return Shape(extents + [filters])
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        [ParameterSpecification("kernel", Shape(kernelSize + [input.last / groups, filters]), options.kernel)]
            + biasParameter(filters)
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        activation(
            input.convolution(
                context.parameters[0], bias: useBias ? context.parameters[1] : nil, strides: strides,
                dilation: dilationRate, padding: padding))
    }
}

/// Convolution over sequences (steps, channels).
public final class Conv1D: FilteringConvolution {
    public override class var spatialRank: Int { 1 }
}

/// Convolution over images (height, width, channels).
public final class Conv2D: FilteringConvolution {
    public override class var spatialRank: Int { 2 }
}

/// Convolution over volumes (depth, height, width, channels).
public final class Conv3D: FilteringConvolution {
    public override class var spatialRank: Int { 3 }
}
