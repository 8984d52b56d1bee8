import Engine
import Memory

/// A part of a model: a function of tensors with parameters of its own.
///
/// A layer has identity: called twice, it uses the same parameters twice. Shapes are of one sample, without the batch
/// axis; tensors have the batch axis in front. A layer of one input and one output overrides `outputShape(of:)`,
/// `parameters(for:)` and `call(_:_:)` for a single shape or tensor; others override the forms with lists.
open class Layer {
    /// The class name in Keras: by default that of the class.
    open class var kind: String { String(describing: self) }

    /// The class name in Keras of this object.
    open var kind: String { type(of: self).kind }

    /// The name in messages and files. Empty until the model gives one.
    public var name: String

    /// Whether the parameters are trained. Those of layers within this one are trained only if it is, too.
    public var isTrainable = true

    /// The types that the layer computes in.
    public var policy = DTypePolicy.float32

    /// What each output adds to the loss.
    public var activityRegularizer: (any Regularizer)?

    /// The model that has this layer's weights; further models that it becomes part of begin with those.
    var home: LayerHome?

    /// A layer whose name is given by the model that it becomes part of when it is empty.
    public init(name: String = "") { self.name = name }

    /// Whether the mask of the first input is also that of the outputs. Without it masks end here.
    open var supportsMasking: Bool { false }

    /// The names of the arguments of Keras's `call` whose tensors are the inputs, in order. Other tensors of a call are
    /// masks, or found by name in `LayerContext.keywords`.
    open var inputArguments: [String] { ["inputs"] }

    /// Whether the activity regularizer counts for the outputs; else it is that of the layers within.
    open var regularizesOutputs: Bool { true }

    /// The class in names and groups of files.
    var stem: String { snakeCase(kind) }

    /// Whether floating-point inputs are cast to the compute type of the policy.
    open var autocast: Bool { true }

    // MARK: Any number of inputs and outputs

    /// The shapes of the outputs for the given inputs, or why there are none.
    open func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        [try outputShape(of: try single(inputs))]
    }

    /// The shapes of the outputs of a call with the given arguments, for layers whose outputs depend on these.
    open func outputShapes(
        of inputs: [Shape], arguments: [CallArgument], batchSize: Int?
    ) throws(ModelError) -> [Shape] {
        try outputShapes(of: inputs)
    }

    /// The types of the outputs for inputs of the given types.
    open func outputTypes(of inputs: [ScalarType]) -> [ScalarType] { [.float32] }

    /// The layer's own parameters, in Keras's order: the trainable ones first.
    open func parameters(for inputs: [Shape]) -> [ParameterSpecification] {
        inputs.first.map { parameters(for: $0) } ?? []
    }

    /// The layers within this one, in the order in which Keras lists their variables.
    open func sublayers(for inputs: [Shape]) -> [Sublayer] { [] }

    /// The outputs as symbolic tensors.
    open func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] { [call(inputs[0], context)] }

    /// What a call in a trace computes: a cell is also called with whole sequences.
    func traced(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] { call(inputs, context) }

    /// The same with the masks of the outputs.
    func masked(_ inputs: [Tensor], _ context: LayerContext) -> (outputs: [Tensor], masks: [Tensor?]) {
        let outputs = traced(inputs, context)
        return (outputs, outputMasks(inputs, outputs: outputs, context))
    }

    /// The masks of the outputs, float32 of 0 and 1, of the leading axes of an output; nil where nothing is masked.
    open func outputMasks(_ inputs: [Tensor], outputs: [Tensor], _ context: LayerContext) -> [Tensor?] {
        let mask = supportsMasking ? context.masks.first ?? nil : nil
        return outputs.map { _ in mask }
    }

    // MARK: One input and one output

    /// The shape of the output for the given input, or why there is none. By default that of the input.
    open func outputShape(of input: Shape) throws(ModelError) -> Shape { input }

    /// The layer's own parameters for the given input, in Keras's order.
    open func parameters(for input: Shape) -> [ParameterSpecification] { [] }

    /// The output as a symbolic tensor.
    open func call(_ input: Tensor, _ context: LayerContext) -> Tensor {
        preconditionFailure("\(kind): overrides no form of call")
    }
}

/// A model that a layer's weights are in, as long as it lives.
struct LayerHome {
    weak var model: Model?

    init(_ model: Model) { self.model = model }
}

/// A layer within another one.
public struct Sublayer {
    /// Where its weights stand in a file, below the group of the layer around it: `cell`, `query_dense`,
    /// `layers/dense_1`.
    public let group: String
    public let layer: Layer
    /// The shapes of the inputs that it is called with.
    public let inputs: [Shape]

    public init(_ group: String, _ layer: Layer, inputs: [Shape]) {
        self.group = group
        self.layer = layer
        self.inputs = inputs
    }
}

extension Layer {
    /// An error that names this layer.
    public func error(_ text: String) -> ModelError {
        ModelError("layer \(name.isEmpty ? "" : "\"\(name)\" ")(\(kind)): \(text)")
    }

    /// The only input, or an error.
    public func single(_ inputs: [Shape]) throws(ModelError) -> Shape {
        guard inputs.count == 1 else { throw error("takes one input, got \(inputs.count)") }
        return inputs[0]
    }
}
