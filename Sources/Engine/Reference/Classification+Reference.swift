import Glibc
import Memory

extension ReferenceArray {
    /// The rows of the last axis.
    fileprivate var rows: [[Double]] {
        stride(from: 0, to: values.count, by: max(1, shape.last)).map { Array(values[$0..<$0 + shape.last]) }
    }

    fileprivate var withoutLast: Shape { Shape(Array(shape.dimensions.dropLast())) }
}

private func softmax(_ row: [Double]) -> [Double] {
    let largest = row.max() ?? 0
    let powers = row.map { exp($0 - largest) }
    let sum = powers.reduce(0, +)
    return powers.map { $0 / sum }
}

extension SoftmaxOperation: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        [ReferenceArray(inputs[0].shape, inputs[0].rows.flatMap(softmax))]
    }
}

extension SoftmaxGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let rows = zip(inputs[0].rows, inputs[1].rows).flatMap { gradient, output in
            let sum = zip(gradient, output).reduce(0) { $0 + $1.0 * $1.1 }
            return zip(gradient, output).map { $1 * ($0 - sum) }
        }
        return [ReferenceArray(inputs[0].shape, rows)]
    }
}

/// The loss of a row and its gradient for the scores.
private func crossEntropy(_ scores: [Double], _ label: [Double], fromLogits: Bool) -> (Double, [Double]) {
    let mass = label.reduce(0, +)
    if fromLogits {
        let probabilities = softmax(scores)
        let largest = scores.max() ?? 0
        let normalizer = largest + log(scores.reduce(0) { $0 + exp($1 - largest) })
        let loss = zip(scores, label).reduce(0) { $0 + ($1.1 == 0 ? 0 : $1.1 * (normalizer - $1.0)) }
        return (loss, zip(probabilities, label).map { mass * $0 - $1 })
    }
    let (sum, least) = (scores.reduce(0, +), 1e-7)
    let shares = scores.map { $0 / sum }
    var loss = 0.0
    // d loss / d share, then through the division by the sum.
    var slopes = [Double](repeating: 0, count: scores.count)
    for index in scores.indices {
        let clipped = min(max(shares[index], least), 1 - least)
        loss -= label[index] * log(clipped)
        slopes[index] = clipped == shares[index] ? -label[index] / clipped : 0
    }
    let common = zip(slopes, shares).reduce(0) { $0 + $1.0 * $1.1 }
    return (loss, slopes.map { ($0 - common) / sum })
}

private func distributions(_ labels: ReferenceArray, _ kind: Labels, classes: Int) -> [[Double]] {
    switch kind {
    case .oneHot: labels.rows
    case .sparse: labels.values.map { label in (0..<classes).map { Double($0) == label ? 1 : 0 } }
    }
}

extension CrossEntropy: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let labels = distributions(inputs[1], labels, classes: inputs[0].shape.last)
        let losses = zip(inputs[0].rows, labels).map { crossEntropy($0, $1, fromLogits: fromLogits).0 }
        return [ReferenceArray(inputs[0].withoutLast, losses)]
    }
}

extension CrossEntropyGradient: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let labels = distributions(inputs[1], labels, classes: inputs[0].shape.last)
        let rows = zip(zip(inputs[0].rows, labels), inputs[2].values).flatMap { pair, gradient in
            crossEntropy(pair.0, pair.1, fromLogits: fromLogits).1.map { $0 * gradient }
        }
        return [ReferenceArray(inputs[0].shape, rows)]
    }
}

extension ClassMatches: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        func first(_ row: [Double]) -> Int? { row.max().flatMap { row.firstIndex(of: $0) } }
        let labels = distributions(inputs[1], labels, classes: inputs[0].shape.last)
        let matches = zip(inputs[0].rows, labels).map { first($0) == first($1) ? 1.0 : 0 }
        return [ReferenceArray(inputs[0].withoutLast, matches)]
    }
}

extension ThresholdMatches: ReferenceOperation {
    package func evaluate(_ inputs: [ReferenceArray], _ context: ReferenceContext) -> [ReferenceArray] {
        let matches = zip(inputs[0].values, inputs[1].values).map { ($0 > Double(threshold) ? 1 : 0) == $1 ? 1.0 : 0 }
        return [ReferenceArray(inputs[0].shape, matches)]
    }
}
