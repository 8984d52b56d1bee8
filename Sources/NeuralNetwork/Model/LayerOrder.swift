/// The order of a model's layers and of their calls.
///
/// Calls run in Keras's order, too: by depth, and among equals by when the depths are given out. A layer that is called
/// twice goes on with the statistics that its call before has left.
///
/// Keras numbers the groups of a weights file in the order of `model.layers`, which it computes from the connections:
/// by depth (the longest way to an output), the deepest first, and among equals by when a walk back from the outputs
/// meets them. A file of ours must have the same order, or Keras would give layers each other's weights.
struct LayerOrder {
    /// Every call in the order in which Keras makes them, each after those that it reads.
    private(set) var calls: [LayerCall] = []
    /// Every layer once.
    private(set) var layers: [Layer] = []

    init(from inputs: [ModelInput], to outputs: [LayerOutput], model: String) throws(ModelError) {
        let walk = try Self.walk(from: inputs, to: outputs, model: model)
        var met: [ObjectIdentifier: Int] = [:]
        for call in walk.met where met[ObjectIdentifier(call.layer)] == nil {
            met[ObjectIdentifier(call.layer)] = met.count
            layers.append(call.layer)
        }
        // Calls in the order in which they get a depth for the first time: Keras's order among those of one depth.
        var noted: [LayerCall] = []
        var depthOfCall: [ObjectIdentifier: Int] = [:]
        var depthOfLayer: [ObjectIdentifier: Int] = [:]
        func note(_ call: LayerCall, atLeast depth: Int) -> Int {
            let known = depthOfCall[ObjectIdentifier(call)]
            if known == nil { noted.append(call) }
            let depth = max(depth, known ?? 0)
            depthOfCall[ObjectIdentifier(call)] = depth
            return depth
        }
        for call in walk.finished.reversed() {
            let depth = note(call, atLeast: depthOfLayer[ObjectIdentifier(call.layer), default: 0])
            depthOfLayer[ObjectIdentifier(call.layer)] = depth
            for tensor in call.tensors {
                guard case .call(let source, _) = tensor.origin else { continue }
                _ = note(source, atLeast: depth + 1)
            }
        }
        calls = noted.enumerated().sorted { left, right in
            let depths = (depthOfCall[ObjectIdentifier(left.element)]!, depthOfCall[ObjectIdentifier(right.element)]!)
            return depths.0 != depths.1 ? depths.0 > depths.1 : left.offset < right.offset
        }.map(\.element)
        layers.sort { left, right in
            let depths = (depthOfLayer[ObjectIdentifier(left)]!, depthOfLayer[ObjectIdentifier(right)]!)
            return depths.0 != depths.1
                ? depths.0 > depths.1 : met[ObjectIdentifier(left)]! < met[ObjectIdentifier(right)]!
        }
    }

    /// Depth first from the outputs: every call when it is met, and when all that it reads is finished. A stack instead of
    /// recursion: a file may connect a hundred thousand layers.
    private static func walk(
        from inputs: [ModelInput], to outputs: [LayerOutput], model: String
    ) throws(ModelError) -> (met: [LayerCall], finished: [LayerCall]) {
        var (met, finished): ([LayerCall], [LayerCall]) = ([], [])
        var seen: Set<ObjectIdentifier> = []
        var stack: [(call: LayerCall, tensors: [LayerOutput], next: Int)] = []
        func visit(_ output: LayerOutput) throws(ModelError) {
            switch output.origin {
            case .input(let input):
                guard inputs.contains(where: { $0 === input }) else {
                    throw ModelError(
                        "model \"\(model)\": an output comes from input \"\(input.name)\" \(input.shape), which is not "
                            + "among the model's inputs")
                }
            case .call(let call, _):
                guard seen.insert(ObjectIdentifier(call)).inserted else { return }
                met.append(call)
                stack.append((call, call.tensors, 0))
            }
        }
        for output in outputs {
            try visit(output)
            while let top = stack.last {
                if top.next < top.tensors.count {
                    stack[stack.count - 1].next += 1
                    try visit(top.tensors[top.next])
                } else {
                    finished.append(top.call)
                    stack.removeLast()
                }
            }
        }
        return (met, finished)
    }
}
