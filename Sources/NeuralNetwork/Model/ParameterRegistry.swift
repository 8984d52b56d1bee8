import Memory

/// The parameters of a layer and of all layers within it, each layer object once.
package struct ParameterRegistry {
    /// One parameter: its index here is its index in the store.
    package struct Parameter {
        /// The layer whose own it is.
        package let layer: Layer
        package let specification: ParameterSpecification
        /// Keras's path: `dense/kernel`, `inner/dense/kernel`.
        package let path: String
        /// All layers around it, on every way that leads to it, and its own.
        package fileprivate(set) var owners: [Layer]

        /// Whether the optimizer changes it.
        package var isTrainable: Bool { specification.isTrainable && owners.allSatisfy(\.isTrainable) }
    }

    package private(set) var parameters: [Parameter] = []
    private var ranges: [ObjectIdentifier: Range<Int>] = [:]

    package init() {}

    /// The indices of a layer's own parameters.
    package func range(of layer: Layer) -> Range<Int> { ranges[ObjectIdentifier(layer)] ?? 0..<0 }

    /// Adds a layer with the layers within it.
    ///
    /// - Parameters:
    ///   - path: of the layer; empty for a whole model, whose name is no part of the paths.
    ///   - owners: the layers around it.
    /// - Throws: when a layer that is known already would have other shapes.
    package mutating func register(
        _ layer: Layer, inputs: [Shape], path: String, owners: [Layer] = []
    ) throws(ModelError) {
        let specifications = layer.parameters(for: inputs)
        let owners = owners + [layer]
        if let known = ranges[ObjectIdentifier(layer)] {
            for (index, specification) in zip(known, specifications)
            where specification.shape != parameters[index].specification.shape {
                throw layer.error(
                    "shared by inputs of different shapes: \(specification.name) would be \(specification.shape) and "
                        + "\(parameters[index].specification.shape)")
            }
            for index in known {
                parameters[index].owners += owners.filter { owner in
                    !parameters[index].owners.contains { $0 === owner }
                }
            }
        } else {
            try checkRegularizers(layer, inputs, specifications)
            let first = parameters.count
            let prefix = path.isEmpty ? "" : path + "/"
            parameters += specifications.map {
                Parameter(layer: layer, specification: $0, path: prefix + $0.name, owners: owners)
            }
            ranges[ObjectIdentifier(layer)] = first..<parameters.count
        }
        for sublayer in layer.sublayers(for: inputs) {
            let name = sublayer.layer.name.isEmpty ? sublayer.layer.stem : sublayer.layer.name
            try register(
                sublayer.layer, inputs: sublayer.inputs, path: path.isEmpty ? name : "\(path)/\(name)", owners: owners)
        }
    }

    /// Refuses regularizers that cannot take the shapes of the weights or the outputs.
    private func checkRegularizers(
        _ layer: Layer, _ inputs: [Shape], _ specifications: [ParameterSpecification]
    ) throws(ModelError) {
        for specification in specifications {
            guard let problem = specification.regularizer?.problem(of: specification.shape) else { continue }
            throw layer.error("the regularizer of \(specification.name): \(problem)")
        }
        guard let regularizer = layer.activityRegularizer, layer.regularizesOutputs else { return }
        for shape in try layer.outputShapes(of: inputs) {
            // Outputs have the axis of the batch in front.
            guard let problem = regularizer.problem(of: shape.prepending(1)) else { continue }
            throw layer.error("the activity regularizer: \(problem) with the batch in front")
        }
    }
}
