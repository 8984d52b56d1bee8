import Engine
import Memory

/// A depthwise convolution, then one of extent 1 over all channels: depthwise kernel (spatial…, in, depthMultiplier),
/// pointwise kernel (1…, in · depthMultiplier, filters), bias (filters). The options' kernel is the depthwise one.
open class SeparableConvolution: ConvolutionLayer {
    public let filters: Int
    /// Channels that the depthwise part makes of each.
    public let depthMultiplier: Int
    public package(set) var pointwise: WeightOptions

    public required init(
        filters: Int, depthMultiplier: Int = 1, _ options: ConvolutionOptions,
        pointwise: WeightOptions = WeightOptions(.glorotUniform), name: String = ""
    ) {
        precondition(
            filters > 0 && depthMultiplier > 0,
            "separable convolution: \(filters) filters, multiplier \(depthMultiplier)")
        self.filters = filters
        self.depthMultiplier = depthMultiplier
        self.pointwise = pointwise
        super.init(options, name: name)
    }

    /// A convolution with a kernel of equal extents.
    public convenience init(
        _ filters: Int, kernel: Int, strides: Int = 1, padding: Padding = .valid, depthMultiplier: Int = 1,
        activation: ActivationFunction = .linear, useBias: Bool = true, name: String = ""
    ) {
        let rank = Self.spatialRank
        self.init(
            filters: filters, depthMultiplier: depthMultiplier,
            ConvolutionOptions(
                kernelSize: Array(repeating: kernel, count: rank), strides: Array(repeating: strides, count: rank),
                padding: padding, activation: activation, useBias: useBias),
            name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        Shape(try windowExtents(input) + [filters])
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        let ones = kernelSize.map { _ in 1 }
        return [
            ParameterSpecification(
                "depthwise_kernel", Shape(kernelSize + [input.last, depthMultiplier]), options.kernel),
            ParameterSpecification(
                "pointwise_kernel", Shape(ones + [input.last * depthMultiplier, filters]), pointwise),
        ] + biasParameter(filters)
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        let separate = input.depthwiseConvolution(
            context.parameters[0], strides: strides, dilation: dilationRate, padding: padding)
        return activation(separate.convolution(context.parameters[1], bias: useBias ? context.parameters[2] : nil))
    }
}

/// Separable convolution over sequences (steps, channels).
public final class SeparableConv1D: SeparableConvolution {
    public override class var spatialRank: Int { 1 }
}

/// Separable convolution over images (height, width, channels).
public final class SeparableConv2D: SeparableConvolution {
    public override class var spatialRank: Int { 2 }
}
