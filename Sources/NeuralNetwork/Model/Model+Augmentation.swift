package import Augmentation
import Engine
import Memory

extension Model {
    /// What the random layers at the inputs do to rows while training, by input; nil where there are none. Rows keep
    /// their shape: what is cut out lies where the layers, which know nothing of it, look for the middle.
    ///
    /// - Parameter shapes: of one row of each input where axes are open; nil: the model's own.
    /// - Throws: the name of a random layer that does not stand at an input, or that such rows are too small for.
    package func inputAugmentations(at shapes: [Shape]? = nil) throws(ModelError) -> [AugmentationSpec?] {
        let random = allLayers.filter { $0.isRandomOfImages }
        guard !random.isEmpty else { return inputs.map { _ in nil } }
        let uses = layerUses
        var found: Set<ObjectIdentifier> = []
        var specs: [AugmentationSpec?] = []
        for (index, input) in inputs.enumerated() {
            var chain = AugmentationChain(shape: shapes?[index] ?? input.shape)
            _ = chain.follow(self, from: input)
            if let problem = chain.problem { throw problem }
            found.formUnion(chain.layers)
            specs.append(chain.spec)
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

    /// The same, kept for further batches.
    package func augmentations(at shapes: [Shape]?) throws(ModelError) -> [AugmentationSpec?] {
        guard let shapes else { return try augmentations.get() }
        if let kept = openAugmentations, kept.shapes == shapes { return try kept.result.get() }
        let result = Result { () throws(ModelError) in try inputAugmentations(at: shapes) }
        openAugmentations = (shapes, result)
        return try result.get()
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

extension Layer {
    /// Whether what the layer does while training is done where batches are filled.
    package var isRandomOfImages: Bool {
        self is AugmentationLayer || (self as? ChannelsFirst)?.inner is AugmentationLayer
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
    /// Whether the parts that were cut out lie behind the channels; nil where none was.
    private var cutsBehindChannels: Bool?
    /// Of these, the random ones.
    private(set) var layers: Set<ObjectIdentifier> = []
    private(set) var spec: AugmentationSpec?
    /// Why a layer cannot take what reaches it.
    private(set) var problem: ModelError?

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
        let result: [Shape]
        do { result = try layer.outputShapes(of: [shape]) } catch {
            // What the arguments of a call decide is no part of a chain.
            if layer.isRandomOfImages || layer is Pipeline || layer is Model { problem = error }
            return false
        }
        guard result.count == 1 else { return false }
        switch layer {
        case let model as Model: return model.inputs.count == 1 && follow(model, from: model.inputs[0])
        case let pipeline as Pipeline: return pipeline.layers.allSatisfy { add($0) }
        case let turned as ChannelsFirst: return add(turned.inner, as: turned, result[0], channelsFirst: turned.turns)
        case is AugmentationLayer, is CenterCrop: return add(layer, as: layer, result[0], channelsFirst: false)
        case let layer as Rescaling:
            guard let scale = layer.scale.scalar, let offset = layer.offset.scalar, scale != 0 else { return false }
            stages.append(.init(.rescale(scale, offset: offset)))
            inverses.insert(.init(.rescale(1 / scale, offset: -offset / scale)), at: 0)
        default: return false
        }
        return true
    }

    /// A layer of images, which in the model is `own`.
    private mutating func add(_ layer: Layer, as own: Layer, _ result: Shape, channelsFirst: Bool) -> Bool {
        // A part of the image lies in the middle of one pair of axes.
        if result != shape, let cutsBehindChannels, cutsBehindChannels != channelsFirst { return false }
        func turned(_ stage: AugmentationSpec.Stage) -> AugmentationSpec.Stage {
            var stage = stage
            stage.channelsFirst = channelsFirst
            return stage
        }
        switch layer {
        case let layer as AugmentationLayer:
            stages += layer.stages.map(turned)
            crop(to: result, channelsFirst)
            layers.insert(ObjectIdentifier(own))
            spec = complete
        case let layer as CenterCrop:
            guard layer.isWindow(in: channelsFirst ? [shape[1], shape[2], shape[0]] : shape) else { return false }
            stages.append(turned(.init(.centerCrop(height: layer.height, width: layer.width))))
            crop(to: result, channelsFirst)
        default: return false
        }
        return true
    }

    private mutating func crop(to result: Shape, _ channelsFirst: Bool) {
        guard result != shape else { return }
        let first = channelsFirst ? 1 : 0
        cutsBehindChannels = channelsFirst
        corner.top += (shape[first] - result[first]) / 2
        corner.left += (shape[first + 1] - result[first + 1]) / 2
        shape = result
    }

    // So far, as rows of the input's shape.
    private var complete: AugmentationSpec {
        var all = stages + inverses
        if let channelsFirst = cutsBehindChannels {
            let size = first.dimensions.dropFirst(channelsFirst ? 1 : 0)
            var place = AugmentationSpec.Stage(
                .place(
                    top: corner.top, left: corner.left, height: size[size.startIndex], width: size[size.startIndex + 1])
            )
            place.fill = .constant
            place.channelsFirst = channelsFirst
            all.append(place)
        }
        // A rescaling is the same in either order: it stays with its neighbours, which are done at once.
        var order = all.first { !$0.isRescaling }?.channelsFirst ?? false
        for index in all.indices {
            if all[index].isRescaling { all[index].channelsFirst = order }
            order = all[index].channelsFirst
        }
        return AugmentationSpec(stages: all)
    }
}

extension AugmentationSpec.Stage {
    fileprivate var isRescaling: Bool { if case .rescale = operation { true } else { false } }
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
