import Engine
import Memory
import TestSupport
import Testing

/// Gradients of gradients through loops that know their own gradient alone, against the reference executor's central
/// differences.
@Suite struct SecondDerivativeTests {
    private typealias Case = OperationHarness.Case

    private func expect(_ example: Case, _ tolerance: Float = 1e-4) throws {
        for (what, distance) in try OperationHarness().check(example, second: true) {
            #expect(distance < tolerance, "\(example.name) \(what): \(distance)")
        }
    }

    @Test func `batch normalization`() throws {
        for shape in [[6, 3], [3, 2, 4, 5]] as [Shape] {
            let channels = Shape([shape.last])
            try expect(
                Case(name: "of the batch", shapes: [shape, channels, channels]) { t in
                    t[0].batchNormalized(scale: t[1], offset: t[2], epsilon: 1e-3).output.tanh()
                })
            let spread: @Sendable (Int, Shape) -> [Float] = { index, shape in
                det(shape, Double(index) + 0.3, 0.8).map { index == 4 ? abs($0) + 0.2 : $0 }
            }
            var given = Case(name: "given", shapes: [shape, channels, channels]) { t in
                let graph = t[0].graph
                return t[0].batchNormalized(
                    scale: t[1], offset: t[2], mean: graph.constant(det(channels, 0.1, 1), shape: channels),
                    variance: graph.constant(spread(4, channels), shape: channels), epsilon: 1e-3
                ).tanh()
            }
            given.values = spread
            try expect(given)
        }
    }

    @Test(arguments: [true, false]) func `normalization of rows`(_ isCentred: Bool) throws {
        for shape in [[4, 5], [2, 3, 6]] as [Shape] {
            try expect(
                Case(name: "rows", shapes: [shape, [shape.last], [shape.last]]) { t in
                    t[0].rowNormalized(scale: t[1], offset: t[2], epsilon: 1e-2, isCentred: isCentred).tanh()
                })
        }
    }

    @Test(arguments: ["lstm", "gru", "gru with an early reset", "simple"])
    func `recurrence`(_ cell: String) throws {
        let mask: [Float] = [1, 0, 1, 1, 1, 0]
        for (isMasked, goesBackwards) in [(false, false), (true, false), (true, true)] {
            for zeroes in isMasked ? [false, true] : [false] {
                let options = RecurrenceOptions(goBackwards: goesBackwards, zeroOutputForMask: zeroes)
                try expect(
                    Case(
                        name: "\(cell) \(isMasked) \(goesBackwards) \(zeroes)",
                        shapes: RecurrenceTests.shapes(cell, batch: 2, time: 3, inputs: 2, units: 3)
                    ) { t in
                        RecurrenceTests.layer(
                            cell, t, mask: isMasked ? t[0].graph.constant(mask, shape: [2, 3]) : nil,
                            hasFactors: goesBackwards, options: options)
                    }, 5e-4)
            }
        }
    }

    @Test(arguments: [true, false], [Shape([3, 4]), [2, 3, 5]])
    func `cross-entropy`(_ fromLogits: Bool, _ shape: Shape) throws {
        let (rows, classes) = (shape.dimensions.dropLast(), shape.last)
        let count = rows.reduce(1, *)
        for kind in [Labels.sparse, .oneHot] {
            var example = Case(name: "\(kind) \(fromLogits) \(shape)", shapes: [shape]) { t in
                let graph = t[0].graph
                let numbers = graph.constant((0..<count).map { Float($0 * 2 % classes) }, shape: Shape(Array(rows)))
                let soft = graph.constant(det(shape, 0.4, 1).map { abs($0) / Float(classes) }, shape: shape)
                let labels = kind == .sparse ? numbers.casted(to: .int32) : soft
                // A function of the losses, so that these have gradients that depend on them.
                return t[0].crossEntropy(labels, kind, fromLogits: fromLogits).square()
            }
            if !fromLogits { example.values = { index, shape in det(shape, Double(index), 1).map { abs($0) + 0.3 } } }
            try expect(example)
        }
    }
}
