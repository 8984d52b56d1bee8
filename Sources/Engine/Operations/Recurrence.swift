import Memory

/// Activations of recurrent layers: those whose derivative is a function of their result.
public enum RecurrentActivation: String, Sendable, Hashable, CaseIterable {
    case linear, tanh, sigmoid, relu, relu6
    case hardSigmoid = "hard_sigmoid"
    case hardTanh = "hard_tanh"
    case softsign, softplus, elu, selu, exponential
}

/// How a recurrent layer goes over its sequence.
public struct RecurrenceOptions: Sendable, Hashable {
    /// Of the candidate and, in LSTM, of the cell.
    public var activation: RecurrentActivation
    /// Of the gates.
    public var recurrentActivation: RecurrentActivation
    /// From the last place to the first; outputs are in the order in which they were computed, as in Keras.
    public var goBackwards: Bool
    /// Whether the output of a masked step is zero; else it repeats the previous output. States are kept either way.
    public var zeroOutputForMask: Bool

    public init(
        activation: RecurrentActivation = .tanh, recurrentActivation: RecurrentActivation = .sigmoid,
        goBackwards: Bool = false, zeroOutputForMask: Bool = false
    ) {
        self.activation = activation
        self.recurrentActivation = recurrentActivation
        self.goBackwards = goBackwards
        self.zeroOutputForMask = zeroOutputForMask
    }
}

/// What happens in a step, with the gates in the order of their blocks of columns.
package enum RecurrentCell: Sendable, Hashable {
    /// i, f, c, o.
    case lstm
    /// z, r, h; the reset gate is applied behind the recurrent product or in front of it.
    case gru(resetAfter: Bool)
    case simple

    /// Blocks of columns of the kernels.
    package var gates: Int {
        switch self {
        case .lstm: 4
        case .gru: 3
        case .simple: 1
        }
    }

    /// Blocks of what is kept for the backward pass, and of the gradients of sums: GRU with a late reset has h's share of
    /// the state apart.
    package var blocks: Int { self == .gru(resetAfter: true) ? 4 : gates }
}

/// A recurrent layer over a whole sequence.
///
/// Inputs, in this order, those in brackets where they apply: x (batch, time, in), state (batch, units), [LSTM: cell
/// (batch, units)], kernel (in, gates · units), recurrent kernel (units, gates · units), [bias (gates · units)], [GRU with
/// a late reset and a bias: recurrent bias (3 · units)], [mask (batch, time)], [factors of the state in front of the
/// recurrent product (batch, units)].
///
/// Outputs: of every step (batch, time, units), the last state, [LSTM: the last cell], and for the backward pass: gates
/// (batch, time, blocks · units), cells (batch, time, units), rows (batch, time, width), which is what kernels were
/// multiplied by: state, x, [GRU with an early reset: reset state], [a 1 for the bias].
package struct Recurrence: Operation {
    package let cell: RecurrentCell
    package let options: RecurrenceOptions
    package let hasBias: Bool
    package let hasMask: Bool
    package let hasFactors: Bool

    package var name: String {
        switch cell {
        case .lstm: "LSTM"
        case .gru: "GRU"
        case .simple: "simple RNN"
        }
    }

    /// Where inputs stand; nil for those that are not there.
    package struct Inputs: Sendable {
        package let cell, bias, recurrentBias, mask, factors: Int?
        package let kernel, recurrentKernel: Int
        package let count: Int
    }

    /// The places of the inputs.
    package var places: Inputs {
        var next = 2
        func take(_ isThere: Bool) -> Int? {
            defer { next += isThere ? 1 : 0 }
            return isThere ? next : nil
        }
        let ofCell = take(cell == .lstm)
        let (kernel, recurrentKernel) = (take(true)!, take(true)!)
        let bias = take(hasBias)
        let recurrentBias = take(hasBias && cell == .gru(resetAfter: true))
        let (mask, factors) = (take(hasMask), take(hasFactors))
        return Inputs(
            cell: ofCell, bias: bias, recurrentBias: recurrentBias, mask: mask, factors: factors, kernel: kernel,
            recurrentKernel: recurrentKernel, count: next)
    }

    /// The place of the first output that only the backward pass reads.
    package var firstKept: Int { cell == .lstm ? 3 : 2 }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let places = places
        let (x, kernel, recurrent) = (
            inputs[0].shape, inputs[places.kernel].shape, inputs[places.recurrentKernel].shape
        )
        precondition(inputs.count == places.count, "\(name): \(inputs.count) inputs, expected \(places.count)")
        precondition(
            x.rank == 3 && recurrent.rank == 2 && kernel == [x[2], recurrent[1]]
                && recurrent[1] == cell.gates * recurrent[0],
            "\(name): input \(x), kernel \(kernel), recurrent kernel \(recurrent)")
        let (batch, time, units) = (x[0], x[1], recurrent[0])
        for place in [1, places.cell, places.factors].compactMap({ $0 }) {
            precondition(
                inputs[place].shape == [batch, units],
                "\(name): state \(inputs[place].shape), expected \([batch, units])")
        }
        for place in [places.bias, places.recurrentBias].compactMap({ $0 }) {
            precondition(inputs[place].shape == [recurrent[1]], "\(name): bias \(inputs[place].shape)")
        }
        if let mask = places.mask {
            precondition(inputs[mask].shape == [batch, time], "\(name): mask \(inputs[mask])")
        }
        let state = TensorType([batch, units], inputs[0].scalar)
        let width = x[2] + units * (cell == .gru(resetAfter: false) ? 2 : 1) + (hasBias ? 1 : 0)
        return [TensorType([batch, time, units], inputs[0].scalar), state] + (cell == .lstm ? [state] : []) + [
            TensorType([batch, time, cell.blocks * units]), TensorType([batch, time, units]),
            TensorType([batch, time, width], inputs[0].scalar),
        ]
    }

    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let (graph, places) = (inputs[0].graph, places)
        if outputGradients[firstKept...].contains(where: { $0 != nil }) {
            return gradientsByStep(inputs, outputGradients, needed)
        }
        let incoming = outputGradients[..<firstKept].map { $0 }
        let backward = RecurrenceGradient(forward: self, incoming: incoming.map { $0 != nil })
        let results = graph.apply(
            backward, inputs + outputs[firstKept...] + incoming.compactMap { $0 })
        var gradients: [Tensor?] = inputs.map { _ in nil }
        gradients[0] = needed[0] ? results[0] : nil
        gradients[1] = needed[1] ? results[1] : nil
        if let place = places.cell { gradients[place] = needed[place] ? results[2] : nil }
        let isTrained = [places.kernel, places.recurrentKernel, places.bias, places.recurrentBias]
            .contains { $0.map { needed[$0] } ?? false }
        if isTrained {
            let ofWeights = weightsGradients(rows: outputs[firstKept + 2], sums: results[firstKept])
            gradients[places.kernel] = ofWeights.kernel
            gradients[places.recurrentKernel] = ofWeights.recurrentKernel
            if let place = places.bias { gradients[place] = ofWeights.bias }
            if let place = places.recurrentBias { gradients[place] = ofWeights.recurrentBias }
        }
        return gradients
    }

    /// All weights' gradients are parts of one product over all steps: rows (batch, time, width) by the gradients of sums.
    private func weightsGradients(
        rows: Tensor, sums: Tensor
    ) -> (kernel: Tensor, recurrentKernel: Tensor, bias: Tensor?, recurrentBias: Tensor?) {
        let units = sums.shape.last / cell.blocks
        let inputs = rows.shape.last - units * (cell == .gru(resetAfter: false) ? 2 : 1) - (hasBias ? 1 : 0)
        let count = rows.shape[0] * rows.shape[1]
        let product = rows.reshaped([count, rows.shape.last])
            .matrixProduct(sums.reshaped([count, sums.shape.last]), transposeLeft: true)
        let last = product.shape[0] - 1
        let columns = hasBias ? product.sliced(axis: 0, last..<last + 1).reshaped([sums.shape.last]) : nil
        let state = 0..<units, source = units..<units + inputs
        func block(_ tensor: Tensor, axis: Int, _ begin: Int, _ end: Int) -> Tensor {
            tensor.sliced(axis: axis, begin * units..<end * units)
        }
        let ofInputs = product.sliced(axis: 0, source), ofState = product.sliced(axis: 0, state)
        switch cell {
        case .lstm, .simple: return (ofInputs, ofState, columns, nil)
        case .gru(resetAfter: true):
            // h's share of the input stands in front.
            func inOrder(_ tensor: Tensor, axis: Int) -> Tensor {
                .concatenate([block(tensor, axis: axis, 1, 3), block(tensor, axis: axis, 0, 1)], axis: axis)
            }
            return (
                inOrder(ofInputs, axis: 1), block(ofState, axis: 1, 1, 4), columns.map { inOrder($0, axis: 0) },
                columns.map { block($0, axis: 0, 1, 4) }
            )
        case .gru(resetAfter: false):
            let ofReset = product.sliced(axis: 0, units + inputs..<2 * units + inputs)
            let joined = Tensor.concatenate([block(ofState, axis: 1, 0, 2), block(ofReset, axis: 1, 2, 3)], axis: 1)
            return (ofInputs, joined, columns, nil)
        }
    }
}

/// Back through time. Inputs: those of the forward pass, what it kept, and the gradients of its outputs that there are
/// (`incoming`). Outputs: gradients of x, of the first state, [LSTM: of the first cell], of the sums in front of the
/// activations (batch, time, blocks · units); GRU with a late reset has them as h's share of the input, z, r, h's share of
/// the state.
package struct RecurrenceGradient: Operation {
    package let forward: Recurrence
    package let incoming: [Bool]
    package var name: String { "gradient of \(forward.name)" }

    package func outputTypes(of inputs: [TensorType]) -> [TensorType] {
        let scalar = inputs[0].scalar
        let gates = inputs[forward.places.count]
        return [inputs[0], inputs[1]] + (forward.cell == .lstm ? [inputs[2]] : []) + [TensorType(gates.shape, scalar)]
    }
}
