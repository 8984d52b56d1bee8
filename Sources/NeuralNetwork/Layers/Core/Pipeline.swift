import Engine
import Memory

/// Layers one behind the other as one layer, which is no model: Keras's `Pipeline`, made for random changes of images.
///
///     let augment = Pipeline([RandomFlip(.horizontal), RandomRotation(-0.1...0.1)])
///
/// At a model's input its random layers are computed where batches are filled, as they are by themselves.
public final class Pipeline: Layer {
    public let layers: [Layer]

    /// - Parameter layers: at least one, none twice. Nameless ones get Keras's names: `dense`, `dense_1`.
    public init(_ layers: [Layer], name: String = "") {
        precondition(!layers.isEmpty, "Pipeline: no layers, expected at least one")
        precondition(
            Set(layers.map { ObjectIdentifier($0) }).count == layers.count,
            "Pipeline: a layer stands twice in the list, expected each once")
        self.layers = layers
        super.init(name: name)
        nameLayers()
    }

    private func nameLayers() {
        var taken = Set(layers.map(\.name))
        for layer in layers where layer.name.isEmpty {
            var (name, count) = (layer.stem, 0)
            while !taken.insert(name).inserted {
                count += 1
                name = "\(layer.stem)_\(count)"
            }
            layer.name = name
        }
    }

    /// Freezes the layers within, as Keras does, which writes it nowhere else.
    override public var isTrainable: Bool { didSet { for layer in layers { layer.isTrainable = isTrainable } } }

    /// The layers within cast for themselves.
    override public var autocast: Bool { false }

    // MARK: Shapes

    override public func outputShapes(of inputs: [Shape]) throws(ModelError) -> [Shape] {
        try passed(inputs) { layer, shapes throws(ModelError) in try layer.outputShapes(of: shapes) }
    }

    override public func outputShapes(
        of inputs: [Shape], arguments: [CallArgument], batchSize: Int?
    ) throws(ModelError) -> [Shape] {
        try passed(inputs) { layer, shapes throws(ModelError) in
            try layer.outputShapes(of: shapes, arguments: [], batchSize: batchSize)
        }
    }

    /// What comes out of the last layer.
    private func passed(
        _ inputs: [Shape], _ step: (Layer, [Shape]) throws(ModelError) -> [Shape]
    ) throws(ModelError) -> [Shape] {
        var shapes = inputs
        for layer in layers {
            guard shapes.count == 1 || layer.inputArguments.count == 1 else {
                throw error(
                    "layer \"\(layer.name)\" (\(layer.kind)) would get \(shapes.count) values as one argument, expected one"
                )
            }
            shapes = try step(layer, shapes)
        }
        return shapes
    }

    override public func outputTypes(of inputs: [ScalarType]) -> [ScalarType] {
        layers.reduce(inputs) { $1.outputTypes(of: $0) }
    }

    override public func sublayers(for inputs: [Shape]) -> [Sublayer] {
        var counts: [String: Int] = [:]
        var shapes = inputs
        var result: [Sublayer] = []
        for layer in layers {
            let count = counts[layer.stem, default: 0]
            counts[layer.stem] = count + 1
            let group = "layers/" + (count == 0 ? layer.stem : "\(layer.stem)_\(count)")
            result.append(Sublayer(group, layer, inputs: shapes))
            guard let next = try? layer.outputShapes(of: shapes) else { break }
            shapes = next
        }
        return result
    }

    // MARK: Calling

    override public func call(_ inputs: [Tensor], _ context: LayerContext) -> [Tensor] {
        masked(inputs, context).outputs
    }

    /// Masks go from layer to layer, and those behind the last one are the outputs'.
    override func masked(_ inputs: [Tensor], _ context: LayerContext) -> (outputs: [Tensor], masks: [Tensor?]) {
        var (values, masks) = (inputs, context.masks)
        for layer in layers { (values, masks) = context.callWithMasks(layer, values, masks: masks) }
        return (values, masks)
    }
}
