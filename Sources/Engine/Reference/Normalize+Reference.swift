import Memory

extension ReferenceArray {
    /// Sums over all axes but the last.
    fileprivate func sums(_ term: (Int, Int) -> Double) -> [Double] {
        var result = [Double](repeating: 0, count: shape.last)
        for place in values.indices { result[place % shape.last] += term(place, place % shape.last) }
        return result
    }
}

extension BatchNormalize: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (x, channels) = (inputs[0], Shape([inputs[0].shape.last]))
        let count = Double(x.values.count / max(1, x.shape.last))
        let mean = areGiven ? inputs[3].values : x.sums { place, _ in x.values[place] }.map { $0 / count }
        let variance =
            areGiven
            ? inputs[4].values
            : x.sums { place, channel in (x.values[place] - mean[channel]) * (x.values[place] - mean[channel]) }
                .map { $0 / count }
        let y = x.values.indices.map { place in
            let channel = place % x.shape.last
            return inputs[1].values[channel] * (x.values[place] - mean[channel])
                / (variance[channel] + Double(epsilon)).squareRoot() + inputs[2].values[channel]
        }
        let output = ReferenceArray(x.shape, y)
        return areGiven ? [output] : [output, ReferenceArray(channels, mean), ReferenceArray(channels, variance)]
    }
}

extension BatchNormalizeGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (g, x, gamma) = (inputs[0], inputs[1], inputs[2])
        let (mean, inverse) = (inputs[3].values, inputs[4].values.map { 1 / ($0 + Double(epsilon)).squareRoot() })
        func normalized(_ place: Int, _ channel: Int) -> Double { (x.values[place] - mean[channel]) * inverse[channel] }
        let ofBeta = g.sums { place, _ in g.values[place] }
        let ofGamma = g.sums { place, channel in g.values[place] * normalized(place, channel) }
        let count = Double(x.values.count / max(1, x.shape.last))
        let dx = x.values.indices.map { place in
            let channel = place % x.shape.last
            let drag = (ofBeta[channel] + normalized(place, channel) * ofGamma[channel]) / count
            return gamma.values[channel] * inverse[channel] * (g.values[place] - (areGiven ? 0 : drag))
        }
        let channels = Shape([x.shape.last])
        return [ReferenceArray(x.shape, dx), ReferenceArray(channels, ofGamma), ReferenceArray(channels, ofBeta)]
    }
}

extension RowNormalize: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let x = inputs[0]
        let width = x.shape.last
        var (y, means, factors): ([Double], [Double], [Double]) = ([], [], [])
        for begin in stride(from: 0, to: x.values.count, by: width) {
            let row = x.values[begin..<begin + width]
            let mean = isCentred ? row.reduce(0, +) / Double(width) : 0
            let square = row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(width)
            let factor = 1 / (square + Double(epsilon)).squareRoot()
            means.append(mean)
            factors.append(factor)
            y += row.enumerated().map { ($1 - mean) * factor * inputs[1].values[$0] + inputs[2].values[$0] }
        }
        let rows = Shape([means.count])
        return [ReferenceArray(x.shape, y), ReferenceArray(rows, means), ReferenceArray(rows, factors)]
    }
}

extension RowNormalizeGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (g, x, gamma) = (inputs[0].values, inputs[1], inputs[2].values)
        let width = x.shape.last
        var result = x
        for row in 0..<x.values.count / max(1, width) {
            let (mean, factor) = (inputs[3].values[row], inputs[4].values[row])
            let places = row * width..<(row + 1) * width
            let normalized = places.map { (x.values[$0] - mean) * factor }
            let scaled = places.map { g[$0] * gamma[$0 - row * width] }
            let level = isCentred ? scaled.reduce(0, +) / Double(width) : 0
            let tilt = zip(scaled, normalized).reduce(0) { $0 + $1.0 * $1.1 } / Double(width)
            for (index, place) in places.enumerated() {
                result.values[place] = factor * (scaled[index] - level - normalized[index] * tilt)
            }
        }
        return [result]
    }
}

extension RowNormalizeSums: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (g, x) = (inputs[0], inputs[1])
        let width = x.shape.last
        let ofGamma = g.sums { place, _ in
            g.values[place] * (x.values[place] - (isCentred ? inputs[2].values[place / width] : 0))
                * inputs[3].values[place / width]
        }
        let ofBeta = g.sums { place, _ in g.values[place] }
        return [ReferenceArray([width], ofGamma), ReferenceArray([width], ofBeta)]
    }
}
