import Glibc
import Memory

extension ReferenceArray {
    /// Applies a function to every run along an axis, of several arrays at once.
    fileprivate static func alongAxis(
        _ axis: Int, _ arrays: [ReferenceArray], _ function: ([[Double]]) -> [Double]
    ) -> ReferenceArray {
        var result = arrays[0]
        let shape = result.shape
        let inner = shape.dimensions[(axis + 1)...].reduce(1, *)
        let middle = shape[axis]
        for run in 0..<shape.elementCount / max(1, middle) {
            let places = (0..<middle).map { (run / inner * middle + $0) * inner + run % inner }
            for (place, value) in zip(places, function(arrays.map { array in places.map { array.values[$0] } })) {
                result.values[place] = value
            }
        }
        return result
    }
}

private func normalizer(_ run: [Double]) -> Double {
    let largest = run.max() ?? 0
    return largest + log(run.reduce(0) { $0 + exp($1 - largest) })
}

/// By sorting, as the paper has it.
private func sparsemax(_ run: [Double]) -> [Double] {
    var (sum, threshold) = (0.0, 0.0)
    for (index, value) in run.sorted(by: >).enumerated() {
        guard 1 + Double(index + 1) * value > sum + value else { break }
        sum += value
        threshold = (sum - 1) / Double(index + 1)
    }
    return run.map { max($0 - threshold, 0) }
}

extension Simplex: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [
            .alongAxis(axis, inputs) { runs in
                switch function {
                case .softmax: runs[0].map { exp($0 - normalizer(runs[0])) }
                case .logSoftmax: runs[0].map { $0 - normalizer(runs[0]) }
                case .sparsemax: sparsemax(runs[0])
                }
            }
        ]
    }
}

extension SimplexGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [
            .alongAxis(axis, inputs) { runs in
                let (g, y) = (runs[0], runs[1])
                switch function {
                case .softmax:
                    let sum = zip(g, y).reduce(0) { $0 + $1.0 * $1.1 }
                    return zip(g, y).map { $1 * ($0 - sum) }
                case .logSoftmax:
                    let sum = g.reduce(0, +)
                    return zip(g, y).map { $0 - exp($1) * sum }
                case .sparsemax:
                    let inside = zip(g, y).filter { $1 > 0 }.map(\.0)
                    let mean = inside.reduce(0, +) / Double(max(1, inside.count))
                    return zip(g, y).map { $1 > 0 ? $0 - mean : 0 }
                }
            }
        ]
    }
}

extension Reverse: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [.alongAxis(axis, inputs) { $0[0].reversed() }]
    }
}

extension CumulativeSum: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [
            .alongAxis(axis, inputs) { runs in
                let run = isBackwards ? runs[0].reversed() : runs[0]
                var sum = 0.0
                let sums = run.map { value in
                    sum += value
                    return sum
                }
                return isBackwards ? sums.reversed() : sums
            }
        ]
    }
}

extension Gather: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let (rows, row) = (inputs[0].shape[0], inputs[0].shape.withoutFirst)
        let values = inputs[1].values.flatMap { number -> [Double] in
            guard (0..<rows).contains(Int(number)) else { return Array(repeating: 0, count: row.elementCount) }
            return Array(inputs[0].values[Int(number) * row.elementCount..<(Int(number) + 1) * row.elementCount])
        }
        return [ReferenceArray(Shape(inputs[1].shape.dimensions + row.dimensions), values)]
    }
}

extension ScatterAdd: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let row = Shape(Array(inputs[0].shape.dimensions.dropFirst(inputs[1].shape.rank)))
        var result = ReferenceArray(row.prepending(rows), repeating: 0)
        let width = row.elementCount
        for (place, number) in inputs[1].values.enumerated() where (0..<rows).contains(Int(number)) {
            for k in 0..<width { result.values[Int(number) * width + k] += inputs[0].values[place * width + k] }
        }
        return [result]
    }
}

extension OneHot: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let values = inputs[0].values.flatMap { number in (0..<depth).map { Double($0) == number ? 1.0 : 0 } }
        return [ReferenceArray(Shape(inputs[0].shape.dimensions + [depth]), values)]
    }
}
