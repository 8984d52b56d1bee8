import Glibc
import Memory

extension RecurrentActivation {
    fileprivate func value(_ x: Double) -> Double {
        switch self {
        case .linear: x
        case .tanh: Glibc.tanh(x)
        case .sigmoid: 1 / (1 + exp(-x))
        case .relu: max(x, 0)
        case .relu6: min(max(x, 0), 6)
        case .hardSigmoid: min(max(x + 3, 0), 6) / 6
        case .hardTanh: min(max(x, -1), 1)
        case .softsign: x / (1 + abs(x))
        case .softplus: max(x, 0) + log1p(exp(-abs(x)))
        case .elu: x > 0 ? x : expm1(x)
        case .selu: 1.0507009873554805 * (x > 0 ? x : 1.6732632423543772 * expm1(x))
        case .exponential: exp(x)
        }
    }

    /// The derivative at `x`.
    fileprivate func slope(_ x: Double) -> Double {
        switch self {
        case .linear: 1
        case .tanh: 1 - value(x) * value(x)
        case .sigmoid: value(x) * (1 - value(x))
        case .relu: x > 0 ? 1 : 0
        case .relu6: x > 0 && x < 6 ? 1 : 0
        case .hardSigmoid: x > -3 && x < 3 ? 1.0 / 6 : 0
        case .hardTanh: x > -1 && x < 1 ? 1 : 0
        case .softsign: 1 / ((1 + abs(x)) * (1 + abs(x)))
        case .softplus: 1 / (1 + exp(-x))
        case .elu: x > 0 ? 1 : exp(x)
        case .selu: 1.0507009873554805 * (x > 0 ? 1 : 1.6732632423543772 * exp(x))
        case .exponential: exp(x)
        }
    }
}

/// One row of the batch, step by step, with the sums in front of the activations.
private struct RowSteps {
    let operation: Recurrence
    let inputs: [ReferenceArray]
    let row: Int
    var units: Int { inputs[operation.places.recurrentKernel].shape[0] }
    var time: Int { inputs[0].shape[1] }

    struct Step {
        let place: Int
        let isMasked: Bool
        let stateBefore, cellBefore: [Double]
        /// The state times the factors.
        var product: [Double]
        /// The sums of all gates; GRU with a late reset has h's share of the state behind them.
        var sums: [Double]
        var state, cell: [Double]
        var output: [Double]
    }

    func kernel(_ index: Int, _ row: Int, _ column: Int) -> Double {
        inputs[index].values[row * inputs[index].shape[1] + column]
    }

    private func row(_ place: Int?, or value: Double) -> [Double] {
        place.map { Array(inputs[$0].values[row * units..<(row + 1) * units]) } ?? Array(repeating: value, count: units)
    }

    var factors: [Double] { row(operation.places.factors, or: 1) }

    func input(_ place: Int) -> [Double] {
        let width = inputs[0].shape[2]
        let begin = (row * time + place) * width
        return Array(inputs[0].values[begin..<begin + width])
    }

    /// `vector` by columns of a kernel.
    private func times(_ vector: [Double], _ index: Int, _ columns: Range<Int>) -> [Double] {
        columns.map { column in vector.indices.reduce(0) { $0 + vector[$1] * kernel(index, $1, column) } }
    }

    var steps: [Step] {
        let (places, gates) = (operation.places, operation.cell.gates * units)
        let (f, r) = (operation.options.activation, operation.options.recurrentActivation)
        var (state, cell) = (row(1, or: 0), row(places.cell, or: 0))
        var result: [Step] = []
        for number in 0..<time {
            let place = operation.options.goBackwards ? time - 1 - number : number
            let isMasked = places.mask.map { inputs[$0].values[row * time + place] == 0 } ?? false
            let product = zip(state, factors).map(*)
            var sums = times(input(place), places.kernel, 0..<gates)
            if let bias = places.bias { sums = zip(sums, inputs[bias].values).map(+) }
            var step = Step(
                place: place, isMasked: isMasked, stateBefore: state, cellBefore: cell, product: product, sums: sums,
                state: state, cell: cell, output: state)
            func block(_ index: Int) -> [Double] { Array(step.sums[index * units..<(index + 1) * units]) }
            switch operation.cell {
            case .lstm, .simple:
                step.sums = zip(sums, times(product, places.recurrentKernel, 0..<gates)).map(+)
                if operation.cell == .simple {
                    step.state = step.sums.map(f.value)
                } else {
                    step.cell = (0..<units).map {
                        r.value(block(1)[$0]) * cell[$0] + r.value(block(0)[$0]) * f.value(block(2)[$0])
                    }
                    step.state = (0..<units).map { r.value(block(3)[$0]) * f.value(step.cell[$0]) }
                }
            case .gru(let resetAfter):
                var share = times(product, places.recurrentKernel, 0..<gates)
                if let bias = places.recurrentBias { share = zip(share, inputs[bias].values).map(+) }
                for place in 0..<2 * units { step.sums[place] += share[place] }
                let reset = block(1).map(r.value)
                let late = Array(share[(2 * units)...])
                if resetAfter {
                    for place in 0..<units { step.sums[2 * units + place] += reset[place] * late[place] }
                    step.sums += late
                } else {
                    let early = times(zip(reset, product).map(*), places.recurrentKernel, 2 * units..<3 * units)
                    for place in 0..<units { step.sums[2 * units + place] += early[place] }
                }
                step.state = (0..<units).map {
                    let z = r.value(block(0)[$0])
                    return z * state[$0] + (1 - z) * f.value(block(2)[$0])
                }
            }
            if isMasked { (step.state, step.cell) = (state, cell) }
            (state, cell) = (step.state, step.cell)
            step.output =
                isMasked && operation.options.zeroOutputForMask ? Array(repeating: 0, count: units) : state
            result.append(step)
        }
        return result
    }
}

extension Recurrence: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let types = outputTypes(of: inputs.map { TensorType($0.shape) })
        var results = types.map { ReferenceArray($0.shape, repeating: 0) }
        let (time, kept) = (inputs[0].shape[1], firstKept)
        for row in 0..<inputs[0].shape[0] {
            let steps = RowSteps(operation: self, inputs: inputs, row: row)
            let units = steps.units
            for (number, step) in steps.steps.enumerated() {
                func store(_ values: [Double], _ output: Int, _ position: Int) {
                    let width = values.count
                    results[output].values.replaceSubrange(position * width..<(position + 1) * width, with: values)
                }
                store(step.output, 0, row * time + number)
                if number == time - 1 {
                    store(step.state, 1, row)
                    if cell == .lstm { store(step.cell, 2, row) }
                }
                // Kept for the backward pass: here the sums themselves.
                store(step.sums, kept, row * time + step.place)
                store(cell == .lstm ? step.cell : step.state, kept + 1, row * time + number)
                var numbers = step.product + steps.input(step.place)
                if cell == .gru(resetAfter: false) {
                    let reset = step.sums[units..<2 * units].map(options.recurrentActivation.value)
                    numbers += zip(reset, step.product).map(*)
                }
                store(numbers, kept + 2, row * time + step.place)
            }
        }
        return results
    }
}

extension RecurrenceGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (f, r) = (forward.options.activation, forward.options.recurrentActivation)
        let (places, cellType) = (forward.places, forward.cell)
        let units = inputs[places.recurrentKernel].shape[0]
        let (batch, time, width) = (inputs[0].shape[0], inputs[0].shape[1], inputs[0].shape[2])
        var next = places.count + 3
        let incoming: [ReferenceArray?] = self.incoming.map { isThere in
            defer { next += isThere ? 1 : 0 }
            return isThere ? inputs[next] : nil
        }
        let types = outputTypes(of: inputs.map { TensorType($0.shape) })
        var results = types.map { ReferenceArray($0.shape, repeating: 0) }
        for row in 0..<batch {
            let rowSteps = RowSteps(operation: forward, inputs: Array(inputs[..<places.count]), row: row)
            func slice(_ array: ReferenceArray?, _ position: Int) -> [Double] {
                array.map { Array($0.values[position * units..<(position + 1) * units]) }
                    ?? Array(repeating: 0, count: units)
            }
            var gradient = slice(incoming[1], row)
            var ofCell = slice(incoming.count > 2 ? incoming[2] : nil, row)
            for (number, step) in rowSteps.steps.enumerated().reversed() {
                if !(step.isMasked && forward.options.zeroOutputForMask) {
                    gradient = zip(gradient, slice(incoming[0], row * time + number)).map(+)
                }
                if step.isMasked { continue }
                func sum(_ block: Int, _ k: Int) -> Double { step.sums[block * units + k] }
                var ofSums = [Double](repeating: 0, count: cellType.blocks * units)
                var before = [Double](repeating: 0, count: units)
                /// The gradients of what the recurrent kernel and the kernel were multiplied to, in order of gates.
                var (ofProduct, ofInputs) = (ofSums, ofSums)
                for k in 0..<units {
                    switch cellType {
                    case .simple:
                        ofSums[k] = gradient[k] * f.slope(sum(0, k))
                    case .lstm:
                        let (i, forget, g, o) = (
                            r.value(sum(0, k)), r.value(sum(1, k)), f.value(sum(2, k)), r.value(sum(3, k))
                        )
                        let total = ofCell[k] + gradient[k] * o * f.slope(step.cell[k])
                        ofSums[k] = total * g * r.slope(sum(0, k))
                        ofSums[units + k] = total * step.cellBefore[k] * r.slope(sum(1, k))
                        ofSums[2 * units + k] = total * i * f.slope(sum(2, k))
                        ofSums[3 * units + k] = gradient[k] * f.value(step.cell[k]) * r.slope(sum(3, k))
                        ofCell[k] = total * forget
                    case .gru:
                        let z = r.value(sum(0, k))
                        before[k] = gradient[k] * z
                        ofSums[k] = gradient[k] * (step.stateBefore[k] - f.value(sum(2, k))) * r.slope(sum(0, k))
                        ofSums[2 * units + k] = gradient[k] * (1 - z) * f.slope(sum(2, k))
                    }
                }
                (ofProduct, ofInputs) = (ofSums, ofSums)
                if cellType == .gru(resetAfter: true) {
                    for k in 0..<units {
                        let ofHidden = ofSums[2 * units + k]
                        ofInputs[units + k] = ofHidden * sum(3, k) * r.slope(sum(1, k))
                        ofProduct[units + k] = ofInputs[units + k]
                        ofProduct[2 * units + k] = ofHidden * r.value(sum(1, k))
                        ofSums[k] = ofHidden
                        ofSums[units + k] = ofInputs[k]
                        ofSums[2 * units + k] = ofInputs[units + k]
                        ofSums[3 * units + k] = ofProduct[2 * units + k]
                    }
                }
                func turned(_ vector: [Double], _ index: Int, _ row: Int, _ columns: Range<Int>) -> Double {
                    columns.reduce(0) { $0 + vector[$1] * rowSteps.kernel(index, row, $1) }
                }
                let gates = cellType.gates * units
                for k in 0..<units {
                    let factor = rowSteps.factors[k]
                    if cellType == .gru(resetAfter: false) {
                        let ofReset = turned(ofSums, places.recurrentKernel, k, 2 * units..<3 * units)
                        ofSums[units + k] = ofReset * step.product[k] * r.slope(sum(1, k))
                        before[k] += factor * ofReset * r.value(sum(1, k))
                    }
                }
                if cellType == .gru(resetAfter: false) { (ofProduct, ofInputs) = (ofSums, ofSums) }
                let last = cellType == .gru(resetAfter: false) ? 2 * units : gates
                for k in 0..<units {
                    before[k] += rowSteps.factors[k] * turned(ofProduct, places.recurrentKernel, k, 0..<last)
                }
                for k in 0..<width {
                    results[0].values[(row * time + step.place) * width + k] = turned(
                        ofInputs, places.kernel, k, 0..<gates)
                }
                let begin = (row * time + step.place) * ofSums.count
                results[results.count - 1].values.replaceSubrange(begin..<begin + ofSums.count, with: ofSums)
                gradient = before
            }
            for k in 0..<units {
                results[1].values[row * units + k] = gradient[k]
                if cellType == .lstm { results[2].values[row * units + k] = ofCell[k] }
            }
        }
        return results
    }
}
