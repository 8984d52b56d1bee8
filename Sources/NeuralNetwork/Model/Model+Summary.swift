import Memory

extension Model {
    /// One layer as Keras's `summary` shows it.
    public struct LayerSummary: Sendable {
        public let name: String
        /// Keras's class name.
        public let kind: String
        /// The output's shape, without the batch axis; where an axis is open, with an extent that stands in.
        public let shape: Shape
        /// The same, nil where the extent follows that of an open axis.
        public let extents: [Int?]
        /// Numbers in the layer's parameters.
        public let parameters: Int

        /// The extents as Keras writes them: `(None, None, 16)`.
        public var extentsText: String { NeuralNetwork.extentsText(extents) }
    }

    /// All layers in order; a layer that is used twice shows its first output.
    public var layerSummary: [LayerSummary] {
        let others = shapesAtOtherExtents
        return layers.compactMap { layer in
            guard let call = calls.first(where: { $0.layer === layer }) else { return nil }
            let count = parameters.filter { $0.owners.contains { $0 === layer } }
                .reduce(0) { $0 + $1.specification.shape.elementCount }
            let shape = call.outputShapes[0]
            let other = others?.shape(of: LayerOutput(call: call, index: 0)) ?? shape
            return LayerSummary(
                name: layer.name, kind: layer.kind, shape: shape, extents: shape.extents(unlike: other),
                parameters: count)
        }
    }

    /// The number of outputs.
    public var outputCount: Int { outputs.count }
}
