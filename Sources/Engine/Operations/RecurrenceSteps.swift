import Memory

extension RecurrentActivation {
    /// The function of every element.
    func callAsFunction(_ x: Tensor) -> Tensor {
        switch self {
        case .linear: x
        case .tanh: x.tanh()
        case .sigmoid: x.sigmoid()
        case .relu: x.relu()
        case .relu6: x.relu6()
        case .hardSigmoid: x.hardSigmoid()
        case .hardTanh: x.hardTanh()
        case .softsign: x.softsign()
        case .softplus: x.softplus()
        case .elu: x.elu()
        case .selu: x.selu()
        case .exponential: x.exp()
        }
    }
}

/// A recurrent layer written step by step: for gradients of its gradients, and for activations that it has no kernel for.
struct RecurrenceSteps {
    /// What the layer gives: all outputs, the last state, [LSTM: the last cell].
    private(set) var outputs: [Tensor] = []
    /// What kernels were multiplied by, by place in the sequence.
    private(set) var rows: Tensor
    /// The sums in front of the activations, by place in the sequence, each in blocks as `RecurrenceGradient` has them.
    private(set) var sums: [[Tensor]]

    /// - Parameters:
    ///   - inputs: those of the layer.
    ///   - functions: take the place of those that the operation's options name.
    init(_ operation: Recurrence, _ inputs: [Tensor], functions: RecurrenceFunctions? = nil) {
        let (places, options) = (operation.places, operation.options)
        let inputs = inputs.map { $0.casted(to: .float32) }
        let (x, kernel, recurrent) = (inputs[0], inputs[places.kernel], inputs[places.recurrentKernel])
        let (batch, time, width, units) = (x.shape[0], x.shape[1], x.shape[2], recurrent.shape[0])
        func blocks(_ tensor: Tensor, _ range: Range<Int>) -> Tensor {
            tensor.sliced(axis: tensor.shape.rank - 1, range.lowerBound * units..<range.upperBound * units)
        }
        let functions = functions ?? options.functions
        let (f, r) = (functions.activation, functions.recurrentActivation)
        var (state, cell) = (inputs[1], places.cell.map { inputs[$0] })
        var steps: [Tensor] = []
        var rows = [Tensor?](repeating: nil, count: time)
        sums = Array(repeating: [], count: time)
        for number in 0..<time {
            let place = options.goBackwards ? time - 1 - number : number
            let input = x.sliced(axis: 1, place..<place + 1).reshaped([batch, width])
            let product = places.factors.map { state * inputs[$0] } ?? state
            var ofInput = input.matrixProduct(kernel)
            if let bias = places.bias { ofInput = ofInput + inputs[bias] }
            var row = [product, input]
            let next: (state: Tensor, cell: Tensor?)
            switch operation.cell {
            case .lstm:
                let sum = ofInput + product.matrixProduct(recurrent)
                sums[place] = [sum]
                let kept = r(blocks(sum, 1..<2)) * cell! + r(blocks(sum, 0..<1)) * f(blocks(sum, 2..<3))
                next = (r(blocks(sum, 3..<4)) * f(kept), kept)
            case .simple:
                let sum = ofInput + product.matrixProduct(recurrent)
                sums[place] = [sum]
                next = (f(sum), nil)
            case .gru(let resetAfter):
                var ofState = product.matrixProduct(resetAfter ? recurrent : blocks(recurrent, 0..<2))
                if let bias = places.recurrentBias { ofState = ofState + inputs[bias] }
                let gates = blocks(ofInput, 0..<2) + blocks(ofState, 0..<2)
                let (update, reset) = (r(blocks(gates, 0..<1)), r(blocks(gates, 1..<2)))
                let candidate: Tensor
                if resetAfter {
                    let (early, late) = (blocks(ofInput, 2..<3), blocks(ofState, 2..<3))
                    sums[place] = [early, gates, late]
                    candidate = early + reset * late
                } else {
                    row.append(reset * product)
                    candidate = blocks(ofInput, 2..<3) + row[2].matrixProduct(blocks(recurrent, 2..<3))
                    sums[place] = [gates, candidate]
                }
                next = (update * state + update.scaled(by: -1, offset: 1) * f(candidate), nil)
            }
            if operation.hasBias { row.append(x.graph.constant(1, shape: [batch, 1])) }
            rows[place] = Tensor.concatenate(row, axis: 1)
            var output = next.state
            if let mask = places.mask {
                let zero = x.graph.constant(0, shape: [])
                let isMasked = inputs[mask].sliced(axis: 1, place..<place + 1).equal(zero)
                    .broadcast(to: [batch, units])
                state = .select(isMasked, state, next.state)
                cell = next.cell.map { .select(isMasked, cell!, $0) }
                output = options.zeroOutputForMask ? .select(isMasked, state.scaled(by: 0), state) : state
            } else {
                (state, cell) = (next.state, next.cell)
            }
            steps.append(output)
        }
        self.rows = Self.sequence(rows.map { $0! })
        outputs = [Self.sequence(steps), state] + (cell.map { [$0] } ?? [])
    }

    /// Steps (batch, n) as one tensor (batch, time, n).
    static func sequence(_ steps: [Tensor]) -> Tensor {
        .concatenate(steps.map { $0.reshaped([$0.shape[0], 1, $0.shape[1]]) }, axis: 1)
    }
}

extension Recurrence {
    /// The gradients where one of what is kept for the backward pass has a gradient itself: in second derivatives.
    func gradientsByStep(_ inputs: [Tensor], _ outputGradients: [Tensor?], _ needed: [Bool]) -> [Tensor?] {
        precondition(
            outputGradients[firstKept] == nil && outputGradients[firstKept + 1] == nil,
            "\(name): only rows are read by what has gradients")
        return inputs[0].graph.gradients(through: inputs, needed: withoutConstants(needed), outputGradients) {
            let steps = RecurrenceSteps(self, $0)
            return steps.outputs + [nil, nil, steps.rows]
        }
    }

    /// Masks and factors are constants to gradients.
    fileprivate func withoutConstants(_ needed: [Bool]) -> [Bool] {
        needed.indices.map { needed[$0] && $0 != places.mask && $0 != places.factors }
    }
}

extension RecurrenceGradient {
    /// What the forward pass kept is a function of its inputs, and so has no gradient of its own.
    package func gradients(
        inputs: [Tensor], outputs: [Tensor], outputGradients: [Tensor?], needed: [Bool]
    ) -> [Tensor?] {
        let graph = inputs[0].graph
        let (count, firstIncoming) = (forward.places.count, forward.places.count + 3)
        let wanted =
            forward.withoutConstants(Array(needed[..<count])) + [false, false, false] + needed[firstIncoming...]
        return graph.gradients(through: inputs, needed: wanted, outputGradients) { leaves in
            let steps = RecurrenceSteps(forward, Array(leaves[..<count]))
            var loss = graph.constant(0, shape: [])
            var next = firstIncoming
            for (output, isThere) in zip(steps.outputs, incoming) where isThere {
                loss = loss + (output * leaves[next].casted(to: .float32)).sum()
                next += 1
            }
            let states = Array(leaves[..<(forward.cell == .lstm ? 3 : 2)])
            var slopes = graph.gradients(of: loss, withRespectTo: states + steps.sums.flatMap { $0 })[...]
            let ofStates = slopes.prefix(states.count)
            slopes = slopes.dropFirst(states.count)
            let ofSums = steps.sums.map { blocks in
                defer { slopes = slopes.dropFirst(blocks.count) }
                return Tensor.concatenate(Array(slopes.prefix(blocks.count)), axis: 1)
            }
            return Array(ofStates) + [RecurrenceSteps.sequence(ofSums)]
        }
    }
}
