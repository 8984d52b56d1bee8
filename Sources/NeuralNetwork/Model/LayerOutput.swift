import Memory

/// The output of a layer, or an input, of a model under construction. The shape is of one sample.
public struct LayerOutput {
    package enum Origin {
        case input(ModelInput)
        case call(LayerCall)
    }

    public let shape: Shape
    package let origin: Origin

    package init(shape: Shape, origin: Origin) {
        self.shape = shape
        self.origin = origin
    }
}

/// One use of a layer.
package final class LayerCall {
    package let layer: any Layer
    package let input: LayerOutput
    /// Of one sample.
    package let outputShape: Shape

    init(layer: any Layer, input: LayerOutput, outputShape: Shape) {
        self.layer = layer
        self.input = input
        self.outputShape = outputShape
    }
}

/// An input of a model.
public final class ModelInput {
    public internal(set) var name: String
    /// The shape of one sample.
    public let shape: Shape

    package init(name: String, shape: Shape) {
        self.name = name
        self.shape = shape
    }
}

/// An input of a model under construction: samples of the given extents.
public func Input(_ extents: Int..., name: String = "") -> LayerOutput {
    let shape = Shape(extents)
    return LayerOutput(shape: shape, origin: .input(ModelInput(name: name, shape: shape)))
}
