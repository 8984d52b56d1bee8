import Memory

extension Layer {
    /// Connects the layer behind `inputs` in a model under construction. For layers of one output.
    ///
    /// Several inputs are Keras's list of inputs, or one argument each for layers with several (`query`, `value`, …).
    public func callAsFunction(_ inputs: LayerOutput...) throws(ModelError) -> LayerOutput {
        let outputs = try connected(to: arguments(inputs))
        guard outputs.count == 1 else {
            throw error("has \(outputs.count) outputs; give the inputs as a list to get all of them")
        }
        return outputs[0]
    }

    /// Connects the layer behind `inputs` in a model under construction.
    public func callAsFunction(_ inputs: [LayerOutput]) throws(ModelError) -> [LayerOutput] {
        try connected(to: arguments(inputs))
    }

    /// Connects the layer behind `inputs`, with further arguments of Keras's `call` by name.
    ///
    ///     try attention([x, y], ["use_causal_mask": .bool(true)])
    ///     try memory([x], ["initial_state": .tensors([h, c])])
    public func callAsFunction(
        _ inputs: [LayerOutput], _ keywords: KeyValuePairs<String, CallValue>
    ) throws(ModelError) -> [LayerOutput] {
        try connected(to: arguments(inputs) + keywords.map { CallArgument($0.key, $0.value) })
    }

    /// Connects the layer with its arguments as Keras writes them.
    package func connected(to arguments: [CallArgument]) throws(ModelError) -> [LayerOutput] {
        let call = try LayerCall(layer: self, arguments: arguments)
        return call.outputShapes.indices.map { LayerOutput(call: call, index: $0) }
    }

    private func arguments(_ inputs: [LayerOutput]) -> [CallArgument] {
        if inputs.count > 1 && inputArguments.count == 1 { return [CallArgument(nil, .tensors(inputs))] }
        return inputs.map { CallArgument(nil, .tensor($0)) }
    }
}
