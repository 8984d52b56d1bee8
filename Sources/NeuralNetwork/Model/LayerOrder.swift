/// The order of a model's layers and of their calls.
///
/// Keras numbers the groups of a weights file in the order of `model.layers`, which it computes from the connections:
/// by depth (the longest way to an output), the deepest first, and among equals by when a walk back from the outputs
/// meets them. A file of ours must have the same order, or Keras would give layers each other's weights.
struct LayerOrder {
    /// Every call, each after the one that it reads.
    private(set) var calls: [LayerCall] = []
    /// Every layer once.
    private(set) var layers: [any Layer] = []

    init(from inputs: [ModelInput], to outputs: [LayerOutput], model: String) throws(ModelError) {
        var met: [ObjectIdentifier: Int] = [:]
        var seen: Set<ObjectIdentifier> = []
        for output in outputs {
            var chain: [LayerCall] = []
            var current = output
            while case .call(let call) = current.origin {
                if met[ObjectIdentifier(call.layer)] == nil {
                    met[ObjectIdentifier(call.layer)] = met.count
                    layers.append(call.layer)
                }
                guard seen.insert(ObjectIdentifier(call)).inserted else { break }
                chain.append(call)
                current = call.input
            }
            if case .input(let input) = current.origin, !inputs.contains(where: { $0 === input }) {
                throw ModelError(
                    "model \"\(model)\": an output comes from input \"\(input.name)\" \(input.shape), which is not among "
                        + "the model's inputs")
            }
            calls += chain.reversed()
        }
        var depthOfCall: [ObjectIdentifier: Int] = [:]
        var depthOfLayer: [ObjectIdentifier: Int] = [:]
        for call in calls.reversed() {
            let depth = max(
                depthOfCall[ObjectIdentifier(call), default: 0], depthOfLayer[ObjectIdentifier(call.layer), default: 0])
            depthOfLayer[ObjectIdentifier(call.layer)] = depth
            if case .call(let source) = call.input.origin {
                depthOfCall[ObjectIdentifier(source)] = max(
                    depth + 1, depthOfCall[ObjectIdentifier(source), default: 0])
            }
        }
        layers.sort { left, right in
            let depths = (depthOfLayer[ObjectIdentifier(left)]!, depthOfLayer[ObjectIdentifier(right)]!)
            return depths.0 != depths.1
                ? depths.0 > depths.1 : met[ObjectIdentifier(left)]! < met[ObjectIdentifier(right)]!
        }
    }
}
