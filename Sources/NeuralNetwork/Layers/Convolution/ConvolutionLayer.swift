import Engine
import Memory

/// What all convolutions are told: Keras's arguments of these names, one number for each spatial axis.
public struct ConvolutionOptions: Sendable {
    public var kernelSize: [Int]
    public var strides: [Int]
    public var padding: Padding
    public var dilationRate: [Int]
    public var activation: ActivationFunction
    public var useBias: Bool
    public package(set) var kernel: WeightOptions
    public package(set) var bias: WeightOptions

    /// Strides and dilation are 1 along every axis unless they are given.
    public init(
        kernelSize: [Int], strides: [Int]? = nil, padding: Padding = .valid, dilationRate: [Int]? = nil,
        activation: ActivationFunction = .linear, useBias: Bool = true,
        kernel: WeightOptions = WeightOptions(.glorotUniform), bias: WeightOptions = WeightOptions(.zeros)
    ) {
        self.kernelSize = kernelSize
        self.strides = strides ?? kernelSize.map { _ in 1 }
        self.padding = padding
        self.dilationRate = dilationRate ?? kernelSize.map { _ in 1 }
        self.activation = activation
        self.useBias = useBias
        self.kernel = kernel
        self.bias = bias
    }

    /// Why no convolution over `rank` spatial axes can be this; nil when one can.
    package func problem(_ rank: Int) -> String? {
        for (name, numbers) in [("kernel_size", kernelSize), ("strides", strides), ("dilation_rate", dilationRate)] {
            guard numbers.count == rank, numbers.allSatisfy({ $0 > 0 }) else {
                return "\(name) is \(numbers), expected \(rank) positive number\(rank == 1 ? "" : "s")"
            }
        }
        guard padding != .causal || rank == 1 else { return "padding is \"causal\", which only 1D convolutions have" }
        return nil
    }
}

/// What convolutions have in common: images (spatial…, channels) of a number of spatial axes that the class says.
open class ConvolutionLayer: Layer {
    public let options: ConvolutionOptions

    /// The spatial axes of a sample.
    open class var spatialRank: Int { preconditionFailure("ConvolutionLayer: \(kind) does not say its spatial axes") }

    init(_ options: ConvolutionOptions, name: String) {
        self.options = options
        super.init(name: name)
        if let problem = options.problem(Self.spatialRank) { preconditionFailure("\(kind): \(problem)") }
    }

    public var kernelSize: [Int] { options.kernelSize }
    public var strides: [Int] { options.strides }
    public var padding: Padding { options.padding }
    public var dilationRate: [Int] { options.dilationRate }
    public var activation: ActivationFunction { options.activation }
    public var useBias: Bool { options.useBias }

    /// The spatial extents of the input.
    func spatial(_ input: Shape) throws(ModelError) -> [Int] {
        try spatialExtents(of: input, rank: Self.spatialRank)
    }

    /// The spatial extents of what windows of the kernel's extents make of the input.
    func windowExtents(_ input: Shape) throws(ModelError) -> [Int] {
        let extents = try spatial(input)
        return padding.outputExtents(of: extents, kernel: kernelSize, strides: strides, dilation: dilationRate)
    }

    /// The specification of the bias, if there is one.
    func biasParameter(_ filters: Int) -> [ParameterSpecification] {
        useBias ? [ParameterSpecification("bias", [filters], options.bias)] : []
    }
}

extension Layer {
    /// The extents of an image (spatial…, channels) without its channels, or an error that says what was expected.
    func spatialExtents(of input: Shape, rank: Int) throws(ModelError) -> [Int] {
        guard input.rank == rank + 1 else {
            let axes = ["(steps, channels)", "(height, width, channels)", "(depth, height, width, channels)"][rank - 1]
            throw error("the input has shape \(input), expected \(axes)")
        }
        return Array(input.dimensions.dropLast())
    }
}
