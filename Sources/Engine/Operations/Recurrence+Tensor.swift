import Memory

extension Tensor {
    /// LSTM over a sequence (batch, time, in): `c = f c + i g`, `h = o · activation(c)`, gates in the order i, f, c, o.
    ///
    /// - Parameters:
    ///   - kernel: (in, 4 · units).
    ///   - recurrentKernel: (units, 4 · units).
    ///   - bias: (4 · units).
    ///   - state: the state and the cell in front of the first step, both (batch, units); zeros when nil.
    ///   - mask: (batch, time), 0 where a step is skipped: state and cell stay, and so does the output.
    ///   - recurrentFactors: (batch, units), factors of the state in front of the recurrent product (recurrent
    ///     dropout); constants to gradients.
    ///   - functions: take the place of the activations that the options name.
    /// - Returns: the outputs of all steps (batch, time, units) and the last state and cell (batch, units).
    public func lstm(
        kernel: Tensor, recurrentKernel: Tensor, bias: Tensor? = nil, state: (state: Tensor, cell: Tensor)? = nil,
        mask: Tensor? = nil, recurrentFactors: Tensor? = nil, options: RecurrenceOptions = RecurrenceOptions(),
        functions: RecurrenceFunctions? = nil
    ) -> (outputs: Tensor, state: Tensor, cell: Tensor) {
        let first = state ?? (zeroState(recurrentKernel), zeroState(recurrentKernel))
        let results = recur(
            .lstm, [first.state, first.cell], kernel, recurrentKernel, bias.map { [$0] } ?? [], mask, recurrentFactors,
            options, functions)
        return (results[0], results[1], results[2])
    }

    /// GRU over a sequence (batch, time, in): `h = z h + (1 − z) · candidate`, gates in the order z, r, h.
    ///
    /// - Parameters:
    ///   - kernel: (in, 3 · units).
    ///   - recurrentKernel: (units, 3 · units).
    ///   - bias: (2, 3 · units) with a late reset (of the input's share and of the state's), else (3 · units).
    ///   - state: in front of the first step, (batch, units); zeros when nil.
    ///   - resetAfter: whether the reset gate is applied behind the recurrent product.
    ///   - mask: (batch, time), 0 where a step is skipped: the state stays, and so does the output.
    ///   - recurrentFactors: (batch, units), factors of the state in front of the recurrent product;
    ///     constants to gradients.
    ///   - functions: take the place of the activations that the options name.
    /// - Returns: the outputs of all steps (batch, time, units) and the last state (batch, units).
    public func gru(
        kernel: Tensor, recurrentKernel: Tensor, bias: Tensor? = nil, state: Tensor? = nil, resetAfter: Bool = true,
        mask: Tensor? = nil, recurrentFactors: Tensor? = nil, options: RecurrenceOptions = RecurrenceOptions(),
        functions: RecurrenceFunctions? = nil
    ) -> (outputs: Tensor, state: Tensor) {
        var biases = bias.map { [$0] } ?? []
        if let bias, resetAfter {
            precondition(
                bias.shape == [2, recurrentKernel.shape[1]], "GRU: bias \(bias.shape), expected (2, 3 · units)")
            biases = (0..<2).map { bias.sliced(axis: 0, $0..<$0 + 1).reshaped([recurrentKernel.shape[1]]) }
        }
        let results = recur(
            .gru(resetAfter: resetAfter), [state ?? zeroState(recurrentKernel)], kernel, recurrentKernel, biases, mask,
            recurrentFactors, options, functions)
        return (results[0], results[1])
    }

    /// A simple recurrent layer over a sequence (batch, time, in): `h = activation(x kernel + h recurrentKernel + bias)`.
    ///
    /// - Parameters:
    ///   - kernel: (in, units).
    ///   - recurrentKernel: (units, units).
    ///   - bias: (units).
    ///   - state: in front of the first step, (batch, units); zeros when nil.
    ///   - mask: (batch, time), 0 where a step is skipped: the state stays, and so does the output.
    ///   - recurrentFactors: (batch, units), factors of the state in front of the recurrent product;
    ///     constants to gradients.
    ///   - functions: take the place of the activations that the options name.
    /// - Returns: the outputs of all steps (batch, time, units) and the last state (batch, units).
    public func simpleRNN(
        kernel: Tensor, recurrentKernel: Tensor, bias: Tensor? = nil, state: Tensor? = nil, mask: Tensor? = nil,
        recurrentFactors: Tensor? = nil, options: RecurrenceOptions = RecurrenceOptions(),
        functions: RecurrenceFunctions? = nil
    ) -> (outputs: Tensor, state: Tensor) {
        let results = recur(
            .simple, [state ?? zeroState(recurrentKernel)], kernel, recurrentKernel, bias.map { [$0] } ?? [], mask,
            recurrentFactors, options, functions)
        return (results[0], results[1])
    }

    private func zeroState(_ recurrentKernel: Tensor) -> Tensor {
        graph.constant(0, shape: [shape[0], recurrentKernel.shape[0]])
    }

    private func recur(
        _ cell: RecurrentCell, _ states: [Tensor], _ kernel: Tensor, _ recurrentKernel: Tensor, _ biases: [Tensor],
        _ mask: Tensor?, _ factors: Tensor?, _ options: RecurrenceOptions,
        _ functions: RecurrenceFunctions?
    ) -> [Tensor] {
        let operation = Recurrence(
            cell: cell, options: options, hasBias: !biases.isEmpty, hasMask: mask != nil, hasFactors: factors != nil)
        // Everything is in the input's type, but for the mask.
        let typed = (states + [kernel, recurrentKernel] + biases).map { $0.casted(to: type.scalar) }
        let optional = [mask?.casted(to: .float32), factors?.casted(to: type.scalar)].compactMap { $0 }
        let inputs = [self] + typed + optional
        guard let functions else { return graph.apply(operation, inputs) }
        // Refuses shapes that do not fit.
        _ = operation.outputTypes(of: inputs.map(\.type))
        return RecurrenceSteps(operation, inputs, functions: functions).outputs.map { $0.casted(to: type.scalar) }
    }
}
