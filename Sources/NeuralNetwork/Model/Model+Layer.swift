import Engine
import Memory

// A model is a layer of other models: its own layers, called where it is called.
extension Model {
    /// Where the weights of each layer stand below the model's group in a file: `layers/<class>[_n]`, counted by class in
    /// the order of the layers. Operations are no layers there.
    package var groupedLayers: [(group: String, layer: Layer)] {
        var counts: [String: Int] = [:]
        return layers.compactMap { layer in
            if layer is OperationLayer { return nil }
            let stem = layer.stem
            let count = counts[stem, default: 0]
            counts[stem] = count + 1
            return ("layers/" + (count == 0 ? stem : "\(stem)_\(count)"), layer)
        }
    }

    /// The shapes that a layer is first called with.
    func firstInputs(of layer: Layer) -> [Shape] {
        calls.first { $0.layer === layer }!.inputs.map(\.shape)
    }

    /// The outputs and their masks for tensors of the inputs, as part of a trace.
    func run(_ tensors: [Tensor], _ context: LayerContext) -> (outputs: [Tensor], masks: [Tensor?]) {
        typealias Value = (tensor: Tensor, mask: Tensor?)
        var values: [ObjectIdentifier: [Value]] = [:]
        for (index, input) in inputs.enumerated() {
            values[ObjectIdentifier(input)] = [(input.declared(tensors[index]), context.masks[index])]
        }
        func value(of output: LayerOutput) -> Value {
            switch output.origin {
            case .input(let input): values[ObjectIdentifier(input)]![0]
            case .call(let call, let index): values[ObjectIdentifier(call)]![index]
            }
        }
        for call in calls {
            let given = call.inputs.map { value(of: $0) }
            let masks = zip(call.masks, given).map { $0.map { value(of: $0).tensor } ?? $1.mask }
            let keywords = call.keywords.map { ($0.name, $0.tensors.map { value(of: $0).tensor }) }
            let result = context.callWithMasks(
                call.layer, given.map(\.tensor), masks: masks,
                keywords: Dictionary(keywords, uniquingKeysWith: { first, _ in first }), arguments: call.arguments)
            values[ObjectIdentifier(call)] = Array(zip(result.outputs, result.masks))
        }
        let results = outputs.map { value(of: $0) }
        return (results.map(\.tensor), results.map(\.mask))
    }
}
