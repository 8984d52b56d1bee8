import Engine
import Memory

/// A layer for images, sequences or volumes (channels, spatial…): Keras's `data_format="channels_first"`.
///
///     let layer = ChannelsFirst(Conv2D(32, kernelSize: [3, 3], strides: [1, 1]))
///
/// The layer within sees the channels behind the spatial axes, and its weights are those of that order, as in Keras. The
/// turning costs nothing where the layers around have channels in front as well: it changes how memory is described.
public final class ChannelsFirst: Layer {
    /// The layer for channels that come last.
    public let inner: Layer

    /// - Parameter inner: a layer of one input and one output that has a `data_format` in Keras: a convolution, pooling,
    ///   padding, cropping, upsampling, resizing, spatial dropout, flattening, or random layer of images. Of `AutoContrast`
    ///   the order changes nothing: as in Keras it stretches the values along the last axis one by one in either case.
    public init(_ inner: Layer) {
        precondition(
            Self.kinds.contains(inner.kind), "ChannelsFirst: a layer \(inner.kind), which has no order of channels")
        self.inner = inner
        super.init(name: inner.name)
        policy = inner.policy
        isTrainable = inner.isTrainable
        activityRegularizer = inner.activityRegularizer
    }

    /// The layers that may have channels in front.
    package static let kinds: Set<String> = {
        let families = [
            "AveragePooling", "Conv", "Cropping", "DepthwiseConv", "GlobalAveragePooling", "GlobalMaxPooling",
            "MaxPooling", "SeparableConv", "SpatialDropout", "UpSampling", "ZeroPadding",
        ]
        let all = ["1D", "2D", "3D"].flatMap { axes in families.map { $0 + axes } + ["Conv\(axes)Transpose"] }
        return Set(all).union(["CenterCrop", "Flatten", "Resizing"]).union(random)
    }()

    /// Random layers of images.
    package static let random: Set<String> = [
        "AugMix", "AutoContrast", "CutMix", "Equalization", "MixUp", "RandAugment", "RandomBrightness",
        "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomCrop", "RandomElasticTransform",
        "RandomErasing", "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHue", "RandomInvert",
        "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness",
        "RandomShear", "RandomTranslation", "RandomZoom", "Solarization",
    ]

    /// Whether the layer within is shown the axes in another order.
    var turns: Bool { !(inner is AutoContrast) }

    override public var kind: String { inner.kind }
    override public var name: String { didSet { inner.name = name } }
    override public var policy: DTypePolicy { didSet { inner.policy = policy } }
    override public var isTrainable: Bool { didSet { inner.isTrainable = isTrainable } }
    override public var supportsMasking: Bool { inner.supportsMasking }
    override public var autocast: Bool { inner.autocast }

    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] { inner.outputTypes(of: inputs) }

    override public func outputShape(of input: Shape) throws(ModelError) -> Shape {
        guard turns else { return try inner.outputShapes(of: [input])[0] }
        let shapes = try inner.outputShapes(of: [Self.channelsLast(input)])
        return Self.channelsFirst(shapes[0])
    }

    override public func parameters(for input: Shape) -> [ParameterSpecification] {
        inner.parameters(for: [Self.channelsLast(input)])
    }

    override public func sublayers(for inputs: [Shape]) -> [Sublayer] {
        inner.sublayers(for: inputs.map(Self.channelsLast))
    }

    override public func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        guard turns else { return inner.call([input], context)[0] }
        let turned = Self.channelsLast(input)
        let output = inner.call([turned], context)[0]
        return output.id == turned.id ? input : Self.channelsFirst(output)
    }

    override public func outputMasks(_ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext) -> [Tensor?] {
        inner.outputMasks(inputs.map(Self.channelsLast), outputs: outputs.map(Self.channelsLast), context)
    }

    // A sample of one axis has no spatial ones: nothing turns.
    private static func channelsLast(_ shape: Shape) -> Shape {
        shape.rank < 2 ? shape : Shape(Array(shape.dimensions.dropFirst()) + [shape[0]])
    }

    private static func channelsFirst(_ shape: Shape) -> Shape {
        shape.rank < 2 ? shape : Shape([shape.last] + shape.dimensions.dropLast())
    }

    private static func channelsLast(_ tensor: Tensor) -> Tensor {
        let rank = tensor.shape.rank
        return rank < 3 ? tensor : tensor.transposed([0] + Array(2..<rank) + [1])
    }

    private static func channelsFirst(_ tensor: Tensor) -> Tensor {
        let rank = tensor.shape.rank
        return rank < 3 ? tensor : tensor.transposed([0, rank - 1] + Array(1..<rank - 1))
    }
}
