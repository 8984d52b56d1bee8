import Engine
import Memory

/// Convolution of each channel by itself: kernel (spatial…, in, depthMultiplier), bias (in · depthMultiplier).
open class DepthwiseConvolution: ConvolutionLayer {
    /// Filters for each channel.
    public let depthMultiplier: Int

    public required init(depthMultiplier: Int = 1, _ options: ConvolutionOptions, name: String = "") {
        precondition(depthMultiplier > 0, "depthwise convolution: depthMultiplier \(depthMultiplier)")
        self.depthMultiplier = depthMultiplier
        super.init(options, name: name)
    }

    /// A convolution with a kernel of equal extents.
    public convenience init(
        kernel: Int, strides: Int = 1, padding: Padding = .valid, depthMultiplier: Int = 1,
        activation: ActivationFunction = .linear, useBias: Bool = true, name: String = ""
    ) {
        let rank = Self.spatialRank
        self.init(
            depthMultiplier: depthMultiplier,
            ConvolutionOptions(
                kernelSize: Array(repeating: kernel, count: rank), strides: Array(repeating: strides, count: rank),
                padding: padding, activation: activation, useBias: useBias),
            name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        Shape(try windowExtents(input) + [input.last * depthMultiplier])
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        [ParameterSpecification("kernel", Shape(kernelSize + [input.last, depthMultiplier]), options.kernel)]
            + biasParameter(input.last * depthMultiplier)
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        activation(
            input.depthwiseConvolution(
                context.parameters[0], bias: useBias ? context.parameters[1] : nil, strides: strides,
                dilation: dilationRate, padding: padding))
    }
}

/// Depthwise convolution over sequences (steps, channels).
public final class DepthwiseConv1D: DepthwiseConvolution {
    public override class var spatialRank: Int { 1 }
}

/// Depthwise convolution over images (height, width, channels).
public final class DepthwiseConv2D: DepthwiseConvolution {
    public override class var spatialRank: Int { 2 }
}
