import Memory

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
