import Glibc
import Memory

extension RecurrentActivation {
    /// The function.
    func value(_ x: Double) -> Double {
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
    func slope(_ x: Double) -> Double {
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
struct RowSteps {
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
                if hasBias { numbers.append(1) }
                store(numbers, kept + 2, row * time + step.place)
            }
        }
        return results
    }
}
