import Engine
import Memory

/// What a layer needs to know when it is called, and what it may ask for.
public struct LayerContext {
    /// The layer's own parameters, in the order of `parameters(for:)`, in the compute type of its policy.
    public let parameters: [Tensor]
    /// Whether this is a training step: dropout is active only then.
    public let isTraining: Bool
    /// Whether the layer and all layers around it are trained.
    public let isTrainable: Bool
    /// The masks of the inputs: float32 of 0 and 1, of the leading axes; nil where nothing is masked.
    public let masks: [Tensor?]
    /// Tensors of further arguments of the call by name, for example `attention_mask`.
    public let keywords: [String: [Tensor]]
    /// All arguments of the call as Keras writes them, for plain values.
    public let arguments: [CallArgument]
    let layer: Layer
    let tracer: Tracer

    /// The graph that the call becomes part of.
    public var graph: Graph { tracer.graph }

    /// Whether the inputs are a part of a batch, and statistics are to be those of the whole batch.
    var isPart: Bool { tracer.isPart }

    /// A plain argument of the call by name; nil when it was not given.
    public func argument(_ name: String) -> CallValue? { arguments.first { $0.name == name }?.value }

    /// Calls a layer that is among the `sublayers` of this one.
    ///
    /// - Parameters:
    ///   - masks: of its inputs; nil for none.
    ///   - isTraining: nil for the mode of this call.
    public func call(
        _ sublayer: Layer, _ inputs: [Tensor], masks: [Tensor?]? = nil, isTraining: Bool? = nil
    ) -> [Tensor] {
        callWithMasks(sublayer, inputs, masks: masks, isTraining: isTraining).outputs
    }

    /// Calls a layer that is among the `sublayers` of this one; gives the masks of its outputs, too.
    public func callWithMasks(
        _ sublayer: Layer, _ inputs: [Tensor], masks: [Tensor?]? = nil, keywords: [String: [Tensor]] = [:],
        arguments: [CallArgument] = [], isTraining: Bool? = nil
    ) -> (outputs: [Tensor], masks: [Tensor?]) {
        tracer.call(
            sublayer, inputs, masks: masks ?? inputs.map { _ in nil }, keywords: keywords, arguments: arguments,
            isTraining: isTraining ?? self.isTraining, isTrainable: isTrainable)
    }

    /// A number for a random operation: another one at each call, the same whenever the model is traced.
    public func nextStream() -> Int { tracer.nextStream() }

    /// Adds a scalar to the loss.
    public func addLoss(_ scalar: Tensor) { tracer.addLoss(scalar) }

    /// Lets one of the layer's own parameters have a new value when the training step ends.
    ///
    /// - Parameter index: among the layer's own parameters.
    public func update(_ index: Int, to value: Tensor) { tracer.update(layer, index, to: value) }
}
