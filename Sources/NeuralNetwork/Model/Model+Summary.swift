import Memory

extension Model {
    /// One layer as Keras's `summary` shows it.
    public struct LayerSummary: Sendable {
        public let name: String
        /// Keras's class name.
        public let kind: String
        /// The output's shape, without the batch axis.
        public let shape: Shape
        /// Numbers in the layer's parameters.
        public let parameters: Int
    }

    /// All layers in order; a layer that is used twice shows its first output.
    public var layerSummary: [LayerSummary] {
        layers.compactMap { layer in
            guard let call = calls.first(where: { $0.layer === layer }) else { return nil }
            let count = parameters.filter { $0.owners.contains { $0 === layer } }
                .reduce(0) { $0 + $1.specification.shape.elementCount }
            return LayerSummary(
                name: layer.name, kind: layer.kind, shape: call.outputShapes[0], parameters: count)
        }
    }

    /// The number of outputs.
    public var outputCount: Int { outputs.count }
}
