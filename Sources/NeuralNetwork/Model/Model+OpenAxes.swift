import Memory

/// Models whose samples have other extents from batch to batch.
///
/// A layer is called with the extents at hand whenever a step is planned; what a model knows of shapes before that it
/// knows with extents that stand in for the open ones. Weights depend on none of them.
extension Model {
    /// Whether an input has an axis without a fixed extent.
    public var hasOpenAxes: Bool { inputs.contains { !$0.openAxes.isEmpty } }

    /// The shapes of the outputs for inputs of the given shapes.
    ///
    /// - Throws: when inputs differ from the model's along other axes than the open ones, a layer cannot take the extents
    ///   that reach it, or its weights would have another shape.
    package func outputShapes(at inputShapes: [Shape]) throws(ModelError) -> [Shape] {
        let expected = inputs.map(\.shape)
        if inputShapes == expected { return outputs.map(\.shape) }
        guard inputShapes.count == inputs.count, zip(inputs, inputShapes).allSatisfy({ $0.accepts($1) }) else {
            throw error(
                "the inputs have shapes \(inputShapes), expected \(inputs.map(\.extentsText).joined(separator: ", "))")
        }
        let shapes = try callShapes(at: inputShapes)
        try refuseOtherWeights(shapes)
        return outputs.map { shapes.shape(of: $0) }
    }

    /// The shapes of all values of a model for inputs of given shapes.
    package struct ValueShapes {
        fileprivate var values: [ObjectIdentifier: [Shape]] = [:]

        /// The shape of one sample of a value.
        package func shape(of output: LayerOutput) -> Shape {
            switch output.origin {
            case .input(let input): values[ObjectIdentifier(input)]![0]
            case .call(let call, let index): values[ObjectIdentifier(call)]![index]
            }
        }
    }

    /// What reaches each layer for inputs of the given shapes.
    private func callShapes(at inputShapes: [Shape]) throws(ModelError) -> ValueShapes {
        var shapes = ValueShapes()
        for (input, shape) in zip(inputs, inputShapes) { shapes.values[ObjectIdentifier(input)] = [shape] }
        for call in calls {
            let made = try call.layer.outputShapes(
                of: call.inputs.map { shapes.shape(of: $0) }, arguments: call.arguments, batchSize: call.batchSize)
            if let empty = made.first(where: { $0.dimensions.contains { $0 <= 0 } }) {
                throw call.layer.error("the output would have shape \(empty); the input is too small for this layer")
            }
            shapes.values[ObjectIdentifier(call)] = made
        }
        return shapes
    }

    /// Refuses a model that can be fed nothing but the extents that stand in for the open ones.
    package func checkOpenAxes() throws(ModelError) { _ = try outputShapes(at: otherInputShapes) }

    /// The inputs' shapes with twice the extents along open axes.
    private var otherInputShapes: [Shape] {
        inputs.map { input in
            Shape(input.shape.dimensions.indices.map { input.shape[$0] * (input.openAxes.contains($0) ? 2 : 1) })
        }
    }

    /// The shapes of all values for other extents along open axes: where they differ from those that stand in, extents are
    /// open. Nil where no axis is.
    package var shapesAtOtherExtents: ValueShapes? { hasOpenAxes ? try? callShapes(at: otherInputShapes) : nil }

    private func refuseOtherWeights(_ shapes: ValueShapes) throws(ModelError) {
        for call in calls {
            try refuseOtherWeights(of: call.layer, call.inputs.map { shapes.shape(of: $0) })
        }
    }

    // Models look at their own; layers around layers have their weights in these.
    private func refuseOtherWeights(of layer: Layer, _ inputs: [Shape]) throws(ModelError) {
        guard !(layer is Model) else { return }
        let own = registry.range(of: layer).map { parameters[$0].specification }
        if let (kept, other) = zip(own, layer.parameters(for: inputs)).first(where: { $0.shape != $1.shape }) {
            throw layer.error(
                "\(kept.name) has shape \(kept.shape) and would be \(other.shape) for inputs of these extents: a weight "
                    + "cannot follow an open axis; pool over it, or fix its extent")
        }
        for inner in layer.sublayers(for: inputs) { try refuseOtherWeights(of: inner.layer, inner.inputs) }
    }
}

extension ModelInput {
    /// Whether samples of a shape can be fed: equal along all axes that are not open.
    public func accepts(_ sample: Shape) -> Bool {
        sample.rank == shape.rank
            && sample.dimensions.indices.allSatisfy { openAxes.contains($0) ? sample[$0] > 0 : sample[$0] == shape[$0] }
    }

    /// The extents for messages: `(None, 16)`.
    public var extentsText: String { NeuralNetwork.extentsText(extents) }
}

extension Shape {
    /// The extents, nil where those of a shape for other extents of open axes differ.
    package func extents(unlike other: Shape) -> [Int?] {
        dimensions.indices.map { self[$0] == other[$0] ? self[$0] : nil }
    }
}

/// `(None, 16)`, and as a shape where no extent is open.
func extentsText(_ extents: [Int?]) -> String {
    let known = extents.compactMap(\.self)
    if known.count == extents.count { return "\(Shape(known))" }
    let texts = extents.map { $0.map(String.init) ?? "None" }
    return texts.count == 1 ? "(\(texts[0]),)" : "(\(texts.joined(separator: ", ")))"
}
