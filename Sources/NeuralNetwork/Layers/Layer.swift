import Engine
import Memory

/// A part of a model: a function of tensors with parameters of its own.
///
/// A layer has identity: called twice, it uses the same parameters twice. Shapes are of one sample, without the batch
/// axis.
public protocol Layer: AnyObject {
    /// The class name in Keras.
    static var kind: String { get }

    /// The name in messages and files. Empty until the model gives one.
    var name: String { get set }

    /// Whether the parameters are trained.
    var isTrainable: Bool { get set }

    /// The shape of the output for the given input, or why there is none.
    func outputShape(of input: Shape) throws(ModelError) -> Shape

    /// The parameters for the given input shape, in Keras's order.
    func parameters(for input: Shape) -> [ParameterSpecification]

    /// The output as a symbolic tensor; shapes of tensors have the batch axis in front.
    func call(_ input: Tensor, _ context: LayerContext) -> Tensor
}

extension Layer {
    public func parameters(for input: Shape) -> [ParameterSpecification] { [] }

    /// Connects the layer behind `input` in a model under construction.
    public func callAsFunction(_ input: LayerOutput) throws(ModelError) -> LayerOutput {
        let shape = try checked(outputShape(of: input.shape))
        return LayerOutput(shape: shape, origin: .call(LayerCall(layer: self, input: input, outputShape: shape)))
    }

    /// An error that names this layer.
    func error(_ text: String) -> ModelError {
        ModelError("layer \(name.isEmpty ? "" : "\"\(name)\" ")(\(Self.kind)): \(text)")
    }

    private func checked(_ shape: Shape) throws(ModelError) -> Shape {
        guard shape.dimensions.allSatisfy({ $0 > 0 }) else {
            throw error("the output would have shape \(shape); the input is too small for this layer")
        }
        return shape
    }
}

/// What a layer needs to know when it is called.
public struct LayerContext {
    /// The layer's parameters, in the order of `parameters(for:)`.
    public let parameters: [Tensor]
    /// Whether this is a training step: dropout is active only then.
    public let isTraining: Bool
    /// The layer's position in the model: tells the random numbers of several layers apart.
    package let position: Int

    package init(parameters: [Tensor], isTraining: Bool, position: Int) {
        self.parameters = parameters
        self.isTraining = isTraining
        self.position = position
    }
}

/// One parameter of a layer.
public struct ParameterSpecification: Sendable {
    /// Keras's name, for example `kernel`.
    public let name: String
    public let shape: Shape
    public let initializer: Initializer
    /// Whether the optimizer changes it while its layer is trained; a layer's statistics are not trained.
    public let isTrainable: Bool
    /// The type in files, `.float32` or `.int32`. In memory every parameter is float32.
    public let fileType: ScalarType

    public init(
        _ name: String, _ shape: Shape, _ initializer: Initializer, isTrainable: Bool = true,
        fileType: ScalarType = .float32
    ) {
        precondition(
            fileType == .float32 || fileType == .int32, "ParameterSpecification: \(name) of type \(fileType)")
        self.name = name
        self.shape = shape
        self.initializer = initializer
        self.isTrainable = isTrainable
        self.fileType = fileType
    }
}
