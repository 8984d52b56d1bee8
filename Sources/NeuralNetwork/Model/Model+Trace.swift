import Engine
import Memory

extension Model {
    /// Adds the model's computation to a graph.
    ///
    /// - Parameters:
    ///   - inputs: one tensor per input of the model, batch axis in front.
    ///   - isTraining: whether dropout is active.
    /// - Returns: one tensor per output of the model.
    package func trace(_ graph: Graph, inputs tensors: [Tensor], isTraining: Bool) -> [Tensor] {
        var values: [ObjectIdentifier: Tensor] = [:]
        for (input, tensor) in zip(inputs, tensors) { values[ObjectIdentifier(input)] = tensor }
        func value(of output: LayerOutput) -> Tensor {
            switch output.origin {
            case .input(let input): values[ObjectIdentifier(input)]!
            case .call(let call): values[ObjectIdentifier(call)]!
            }
        }
        for (position, call) in calls.enumerated() {
            let first = firstParameter(of: call.layer)
            let count = call.layer.parameters(for: call.input.shape).count
            let context = LayerContext(
                parameters: (first..<first + count).map {
                    graph.parameter($0, shape: parameters[$0].specification.shape)
                },
                isTraining: isTraining, position: position)
            values[ObjectIdentifier(call)] = call.layer.call(value(of: call.input), context)
        }
        return outputs.map(value)
    }
}
