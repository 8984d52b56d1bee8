import CKernels
import Memory

extension Recurrence {
    /// What the loops are told, for an input and units.
    fileprivate func description(x: TensorType, units: Int) -> millrace_recurrence {
        let cell =
            switch self.cell {
            case .lstm: MILLRACE_LSTM
            case .gru(resetAfter: true): MILLRACE_GRU_RESET_AFTER
            case .gru(resetAfter: false): MILLRACE_GRU_RESET_BEFORE
            case .simple: MILLRACE_SIMPLE_RNN
            }
        return millrace_recurrence(
            cell: Int32(cell.rawValue), activation: Int32(options.activation.number.rawValue),
            recurrent_activation: Int32(options.recurrentActivation.number.rawValue),
            is_backwards: options.goBackwards, zeroes_masked: options.zeroOutputForMask,
            is_brief: x.scalar == .bfloat16, ends_with_one: hasBias, batch: x.shape[0], time: x.shape[1],
            inputs: x.shape[2], units: units)
    }
}

extension RecurrentActivation {
    fileprivate var number: millrace_activation {
        switch self {
        case .linear: MILLRACE_LINEAR
        case .tanh: MILLRACE_TANH
        case .sigmoid: MILLRACE_SIGMOID
        case .relu: MILLRACE_RELU
        case .relu6: MILLRACE_RELU6
        case .hardSigmoid: MILLRACE_HARD_SIGMOID
        case .hardTanh: MILLRACE_HARD_TANH
        case .softsign: MILLRACE_SOFTSIGN
        case .softplus: MILLRACE_SOFTPLUS
        case .elu: MILLRACE_ELU
        case .selu: MILLRACE_SELU
        case .exponential: MILLRACE_EXPONENTIAL
        }
    }
}

/// Which of a step's buffers holds what; nil for what is not there.
private struct RecurrenceBuffers {
    var inputs: [Int] = []
    /// Outputs, last state, last cell, gates, cells, rows.
    var results: [Int?] = []
    /// Of the gradients: incoming for outputs, last state and last cell.
    var incoming: [Int?] = []
    /// Of the gradients: x, state, cell, sums.
    var outgoing: [Int?] = []
    var scratch = 0

    func arrays(
        _ places: Recurrence.Inputs, _ addresses: UnsafePointer<UnsafeMutableRawPointer>
    ) -> millrace_recurrence_arrays {
        func input(_ place: Int?) -> UnsafeRawPointer? { place.map { UnsafeRawPointer(addresses[inputs[$0]]) } }
        func result(_ place: Int) -> UnsafeMutableRawPointer? { results[place].map { addresses[$0] } }
        return millrace_recurrence_arrays(
            source: input(0), state: input(1), cell: input(places.cell), kernel: input(places.kernel),
            recurrent_kernel: input(places.recurrentKernel), bias: input(places.bias),
            recurrent_bias: input(places.recurrentBias),
            mask: input(places.mask)?.assumingMemoryBound(to: Float.self), factors: input(places.factors),
            outputs: result(0), last_state: result(1), last_cell: result(2),
            gates: result(3)?.assumingMemoryBound(to: Float.self),
            cells: result(4)?.assumingMemoryBound(to: Float.self), rows: result(5))
    }
}

extension Recurrence: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let x = builder.graph.values[node.inputs[0]].type
        var what = description(x: x, units: builder.shape(node.outputs[1])[1])
        var list = try node.inputs.map { try builder.readPlain($0).buffer }
        var buffers = RecurrenceBuffers()
        buffers.inputs = Array(list.indices)
        // What nobody reads is not written, except that an early reset always has the place of its gates.
        let hasEarlyReset = cell == .gru(resetAfter: false)
        let outputs = cell == .lstm ? node.outputs.map { $0 } : Array(node.outputs[..<2]) + [-1] + node.outputs[2...]
        for output in outputs {
            guard output >= 0, hasEarlyReset || builder.isRead(output) else {
                buffers.results.append(nil)
                continue
            }
            buffers.results.append(list.count)
            list.append(builder.write(output, layout: builder.plainLayout(of: output)).buffer)
        }
        buffers.scratch = list.count
        list.append(builder.allocate(millrace_recurrence_scratch(&what)))
        builder.add(
            name, .kernel(RecurrenceKernel(what: what, places: places, buffers: buffers)), buffers: list)
    }
}

private struct RecurrenceKernel: Kernel {
    let what: millrace_recurrence
    let places: Recurrence.Inputs
    let buffers: RecurrenceBuffers

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        withUnsafePointer(to: what) { what in
            withUnsafePointer(to: buffers.arrays(places, addresses)) { arrays in
                millrace_recurrence_forward(what, arrays, addresses[buffers.scratch])
            }
        }
    }
}

extension RecurrenceGradient: Lowering {
    func lower(_ node: Graph.Node, index: Int, into builder: PlanBuilder) throws {
        let (places, isLSTM) = (forward.places, forward.cell == .lstm)
        let x = builder.graph.values[node.inputs[0]].type
        var what = forward.description(x: x, units: builder.shape(node.inputs[1])[1])
        var list = try node.inputs.map { try builder.readPlain($0).buffer }
        var buffers = RecurrenceBuffers()
        buffers.inputs = Array(0..<places.count)
        buffers.results = [nil, nil, nil] + (0..<3).map { places.count + $0 }
        var next = places.count + 3
        buffers.incoming = incoming.map { isThere in
            defer { next += isThere ? 1 : 0 }
            return isThere ? next : nil
        }
        let outputs = isLSTM ? node.outputs.map { $0 } : Array(node.outputs[..<2]) + [-1] + node.outputs[2...]
        let gates = node.inputs[places.count]
        for (place, output) in outputs.enumerated() {
            // Sums are always written: the rest of a step is computed from them.
            guard output >= 0, place == 3 || builder.isRead(output) else {
                buffers.outgoing.append(nil)
                continue
            }
            let layout = builder.plainLayout(of: output)
            let isInPlace = place == 3 && what.is_brief == false
            let target =
                isInPlace
                ? try builder.write(output, over: gates, layout: layout) : builder.write(output, layout: layout)
            buffers.outgoing.append(list.count)
            list.append(target.buffer)
        }
        buffers.scratch = list.count
        list.append(builder.allocate(millrace_recurrence_scratch(&what)))
        let kernel = RecurrenceGradientKernel(what: what, places: places, buffers: buffers)
        builder.add(name, .kernel(kernel), buffers: list)
    }
}

private struct RecurrenceGradientKernel: Kernel {
    let what: millrace_recurrence
    let places: Recurrence.Inputs
    let buffers: RecurrenceBuffers

    func run(_ addresses: UnsafePointer<UnsafeMutableRawPointer>, _ state: inout RunState) {
        func incoming(_ place: Int) -> UnsafeRawPointer? {
            place < buffers.incoming.count ? buffers.incoming[place].map { UnsafeRawPointer(addresses[$0]) } : nil
        }
        func outgoing(_ place: Int) -> UnsafeMutableRawPointer? { buffers.outgoing[place].map { addresses[$0] } }
        let gradients = millrace_recurrence_gradients(
            outputs: incoming(0), last_state: incoming(1), last_cell: incoming(2), source: outgoing(0),
            state: outgoing(1), cell: outgoing(2), sums: outgoing(3))
        withUnsafePointer(to: what) { what in
            withUnsafePointer(to: buffers.arrays(places, addresses)) { arrays in
                withUnsafePointer(to: gradients) { gradients in
                    millrace_recurrence_backward(what, arrays, gradients, addresses[buffers.scratch])
                }
            }
        }
    }
}
