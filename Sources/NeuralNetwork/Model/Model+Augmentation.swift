package import Augmentation
import Engine
import Memory

extension Model {
    /// What the random layers at the inputs do to rows while training, by input; nil where there are none. Rows keep
    /// their shape: what is cut out lies where the layers, which know nothing of it, look for the middle.
    ///
    /// - Throws: the name of a random layer that does not stand at an input.
    package func inputAugmentations() throws(ModelError) -> [AugmentationSpec?] {
        let random = allLayers.filter { $0 is AugmentationLayer }
        guard !random.isEmpty else { return inputs.map { _ in nil } }
        let uses = layerUses
        var found: Set<ObjectIdentifier> = []
        let specs = inputs.map { input -> AugmentationSpec? in
            var chain = AugmentationChain(shape: input.shape)
            _ = chain.follow(self, from: input)
            found.formUnion(chain.layers)
            return chain.spec
        }
        if let other = random.first(where: {
            !found.contains(ObjectIdentifier($0)) || uses[ObjectIdentifier($0)] != 1
        }) {
            throw ModelError(
                "layer \"\(other.name)\" (\(other.kind)) stands in the middle of the model: random layers are computed where "
                    + "batches are filled, and so must come first behind an input (with Rescaling by numbers and CenterCrop "
                    + "among them), each used once; move it there, or take it out and augment the source")
        }
        return specs
    }

    /// In how many places each layer is called, also within layers and models.
    private var layerUses: [ObjectIdentifier: Int] {
        var uses: [ObjectIdentifier: Int] = [:]
        func visit(_ layer: Layer, _ inputs: [Shape]) {
            uses[ObjectIdentifier(layer), default: 0] += 1
            if let model = layer as? Model {
                for call in model.calls { visit(call.layer, call.inputs.map(\.shape)) }
            } else {
                for sublayer in layer.sublayers(for: inputs) { visit(sublayer.layer, sublayer.inputs) }
            }
        }
        visit(self, inputs.map(\.shape))
        return uses
    }
}

/// Layers behind an input, one after the other.
private struct AugmentationChain {
    private let first: Shape
    private var shape: Shape
    private var stages: [AugmentationSpec.Stage] = []
    /// Undo the rescalings, which the step does again.
    private var inverses: [AugmentationSpec.Stage] = []
    /// The first pixel of the middle, in the rows of the input.
    private var corner = (top: 0, left: 0)
    /// Of these, the random ones.
    private(set) var layers: Set<ObjectIdentifier> = []
    private(set) var spec: AugmentationSpec?

    init(shape: Shape) { (first, self.shape) = (shape, shape) }

    /// Goes from an input of a model from layer to layer; true when it comes to the model's only output.
    mutating func follow(_ model: Model, from input: ModelInput) -> Bool {
        var value = LayerOutput(input)
        while true {
            let uses = model.calls.filter { call in call.tensors.contains { $0.isSame(as: value) } }
            if uses.isEmpty { return model.outputs.count == 1 && model.outputs[0].isSame(as: value) }
            guard uses.count == 1, uses[0].inputs.count == 1, !model.outputs.contains(where: { $0.isSame(as: value) }),
                model.calls.filter({ $0.layer === uses[0].layer }).count == 1, add(uses[0].layer)
            else { return false }
            value = LayerOutput(call: uses[0], index: 0)
        }
    }

    // False when the chain ends before this layer.
    private mutating func add(_ layer: Layer) -> Bool {
        guard let result = try? layer.outputShapes(of: [shape]), result.count == 1 else { return false }
        switch layer {
        case let model as Model: return model.inputs.count == 1 && follow(model, from: model.inputs[0])
        case let pipeline as Pipeline: return pipeline.layers.allSatisfy { add($0) }
        case let layer as AugmentationLayer:
            stages += layer.stages
            crop(to: result[0])
            layers.insert(ObjectIdentifier(layer))
            spec = complete
        case let layer as CenterCrop:
            guard layer.isWindow(in: shape) else { return false }
            stages.append(.init(.centerCrop(height: layer.height, width: layer.width)))
            crop(to: result[0])
        case let layer as Rescaling:
            guard let scale = layer.scale.scalar, let offset = layer.offset.scalar, scale != 0 else { return false }
            stages.append(.init(.rescale(scale, offset: offset)))
            inverses.insert(.init(.rescale(1 / scale, offset: -offset / scale)), at: 0)
        default: return false
        }
        return true
    }

    private mutating func crop(to result: Shape) {
        corner.top += (shape[0] - result[0]) / 2
        corner.left += (shape[1] - result[1]) / 2
        shape = result
    }

    // So far, as rows of the input's shape.
    private var complete: AugmentationSpec {
        var all = stages + inverses
        if shape != first {
            var place = AugmentationSpec.Stage(
                .place(top: corner.top, left: corner.left, height: first[0], width: first[1]))
            place.fill = .constant
            all.append(place)
        }
        return AugmentationSpec(stages: all)
    }
}

extension LayerOutput {
    fileprivate func isSame(as other: LayerOutput) -> Bool {
        switch (origin, other.origin) {
        case (.input(let left), .input(let right)): left === right
        case (.call(let left, let index), .call(let right, let other)): left === right && index == other
        default: false
        }
    }
}
