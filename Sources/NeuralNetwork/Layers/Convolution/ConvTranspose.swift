import Engine
import Memory

/// The gradient of a convolution as a layer: kernel (spatial…, filters, in), bias (filters).
open class TransposedConvolution: ConvolutionLayer {
    public let filters: Int
    /// Positions behind the last window along each spatial axis; nil for Keras's choice.
    public let outputPadding: [Int]?

    public required init(
        filters: Int, outputPadding: [Int]? = nil, _ options: ConvolutionOptions, name: String = ""
    ) {
        precondition(filters > 0, "transposed convolution: \(filters) filters")
        precondition(options.padding != .causal, "transposed convolution: padding \"causal\"")
        self.filters = filters
        self.outputPadding = outputPadding
        super.init(options, name: name)
    }

    /// A convolution with a kernel of equal extents.
    public convenience init(
        _ filters: Int, kernel: Int, strides: Int = 1, padding: Padding = .valid,
        activation: ActivationFunction = .linear, useBias: Bool = true, name: String = ""
    ) {
        let rank = Self.spatialRank
        self.init(
            filters: filters,
            ConvolutionOptions(
                kernelSize: Array(repeating: kernel, count: rank), strides: Array(repeating: strides, count: rank),
                padding: padding, activation: activation, useBias: useBias),
            name: name)
    }

    public override func outputShape(of input: Shape) throws(ModelError) -> Shape {
        let extents = try spatial(input)
        if let outputPadding {
            guard outputPadding.count == extents.count,
                zip(outputPadding, strides).allSatisfy({ $0 >= 0 && $0 < $1 })
            else { throw error("output_padding is \(outputPadding), expected numbers below the strides \(strides)") }
        }
        // A graph of one row says what the operation makes of it.
        let graph = Graph()
        let kernel = graph.input("kernel", shape: Shape(kernelSize + [filters, input.last]))
        return transposed(graph.input("x", shape: input.prepending(1)), kernel, bias: nil).shape.withoutFirst
    }

    private func transposed(_ input: Tensor, _ kernel: Tensor, bias: Tensor?) -> Tensor {
        input.transposedConvolution(
            kernel, bias: bias, strides: strides, dilation: dilationRate, padding: padding, outputPadding: outputPadding
        )
    }

    public override func parameters(for input: Shape) -> [ParameterSpecification] {
        [ParameterSpecification("kernel", Shape(kernelSize + [filters, input.last]), options.kernel)]
            + biasParameter(filters)
    }

    public override func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        activation(transposed(input, context.parameters[0], bias: useBias ? context.parameters[1] : nil))
    }
}

/// Transposed convolution over sequences (steps, channels).
public final class Conv1DTranspose: TransposedConvolution {
    public override class var spatialRank: Int { 1 }
}

/// Transposed convolution over images (height, width, channels).
public final class Conv2DTranspose: TransposedConvolution {
    public override class var spatialRank: Int { 2 }
}

/// Transposed convolution over volumes (depth, height, width, channels).
public final class Conv3DTranspose: TransposedConvolution {
    public override class var spatialRank: Int { 3 }
}
