import Engine
import Memory
import TestSupport
import Testing

@Suite struct RecurrenceTests {
    private typealias Case = OperationHarness.Case

    /// Cells by name: how many gates they have, and their outputs and last states side by side.
    private static let cells = ["lstm", "gru", "gru with an early reset", "simple"]

    /// A layer over inputs x, state, cell, kernel, recurrent kernel, bias; all outputs side by side.
    static func layer(
        _ cell: String, _ t: [Tensor], mask: Tensor? = nil, hasFactors: Bool = false, options: RecurrenceOptions
    ) -> Tensor {
        let (batch, units) = (t[1].shape[0], t[1].shape[1])
        let factors = hasFactors ? t[0].graph.constant(det([batch, units], 0.2, 2), shape: [batch, units]) : nil
        func flat(_ tensor: Tensor) -> Tensor { tensor.reshaped([batch, tensor.shape.elementCount / batch]) }
        switch cell {
        case "lstm":
            let result = t[0].lstm(
                kernel: t[3], recurrentKernel: t[4], bias: t[5], state: (t[1], t[2]), mask: mask,
                recurrentFactors: factors, options: options)
            return .concatenate([flat(result.outputs), result.state, result.cell], axis: 1)
        case "simple":
            let result = t[0].simpleRNN(
                kernel: t[3], recurrentKernel: t[4], bias: t[5], state: t[1], mask: mask, recurrentFactors: factors,
                options: options)
            return .concatenate([flat(result.outputs), result.state * t[2]], axis: 1)
        default:
            let isLate = cell == "gru"
            let result = t[0].gru(
                kernel: t[3], recurrentKernel: t[4], bias: isLate ? t[5].reshaped([2, 3 * units]) : t[5], state: t[1],
                resetAfter: isLate, mask: mask, recurrentFactors: factors, options: options)
            return .concatenate([flat(result.outputs), result.state * t[2]], axis: 1)
        }
    }

    static func shapes(_ cell: String, batch: Int, time: Int, inputs: Int, units: Int) -> [Shape] {
        let gates = (cell == "lstm" ? 4 : cell == "simple" ? 1 : 3) * units
        return [
            [batch, time, inputs], [batch, units], [batch, units], [inputs, gates], [units, gates],
            [cell == "gru" ? 2 * gates : gates],
        ]
    }

    @Test(arguments: cells)
    func `outputs, states and all gradients are the reference's, and gradients are slopes`(_ cell: String) throws {
        for (batch, time, inputs, units) in [(3, 4, 2, 5), (1, 1, 1, 1), (7, 3, 17, 21)] {
            for (goesBackwards, hasFactors) in [(false, false), (true, true)] {
                let options = RecurrenceOptions(goBackwards: goesBackwards)
                let example = Case(
                    name: cell, shapes: Self.shapes(cell, batch: batch, time: time, inputs: inputs, units: units)
                ) { Self.layer(cell, $0, hasFactors: hasFactors, options: options) }
                for (what, distance) in try OperationHarness().check(example) {
                    #expect(distance < 5e-5, "\(batch) \(time) \(inputs) \(units) \(what): \(distance)")
                }
            }
        }
    }

    @Test(arguments: cells, [false, true])
    func `a masked step repeats the output before or gives zeros, and keeps the state`(
        _ cell: String, _ zeroes: Bool
    ) throws {
        let mask: [Float] = [1, 0, 1, 1, 0, 0, 1, 0, 1, 1, 1, 0, 0, 0, 0]
        for goesBackwards in [false, true] {
            let options = RecurrenceOptions(goBackwards: goesBackwards, zeroOutputForMask: zeroes)
            let example = Case(
                name: cell, shapes: Self.shapes(cell, batch: 3, time: 5, inputs: 2, units: 4)
            ) { t in
                Self.layer(cell, t, mask: t[0].graph.constant(mask, shape: [3, 5]), options: options)
            }
            for (what, distance) in try OperationHarness().check(example) {
                #expect(distance < 5e-5, "\(what): \(distance)")
            }
        }
    }

    @Test(arguments: RecurrentActivation.allCases)
    func `every activation serves as either`(_ activation: RecurrentActivation) throws {
        for cell in Self.cells {
            for options in [
                RecurrenceOptions(activation: activation), RecurrenceOptions(recurrentActivation: activation),
            ] {
                var example = Case(
                    name: cell, shapes: Self.shapes(cell, batch: 2, time: 3, inputs: 2, units: 3)
                ) { Self.layer(cell, $0, options: options) }
                // Powers of powers are no smooth functions at larger arguments.
                if activation == .exponential {
                    example.values = { index, shape in det(shape, Double(index) + 0.3, 0.2) }
                }
                for (what, distance) in try OperationHarness().check(example) {
                    #expect(distance < 5e-5, "\(cell) \(what): \(distance)")
                }
            }
        }
    }

    @Test(arguments: cells)
    func `bfloat16 sequences come near the reference's`(_ cell: String) throws {
        let example = Case(
            name: cell, shapes: Self.shapes(cell, batch: 3, time: 4, inputs: 5, units: 6)
        ) { t in
            Self.layer(cell, t.map { $0.casted(to: .bfloat16) }, options: RecurrenceOptions())
        }
        for (what, distance) in try OperationHarness().check(example) where !what.hasPrefix("slope") {
            #expect(distance < 6e-2, "\(what): \(distance)")
        }
    }

    @Test func `without a bias, a state or a wish for outputs nothing else changes`() throws {
        let example = Case(name: "", shapes: [[2, 3, 4], [4, 20], [5, 20]]) {
            $0[0].lstm(kernel: $0[1], recurrentKernel: $0[2]).state
        }
        for (what, distance) in try OperationHarness().check(example) {
            #expect(distance < 5e-5, "\(what): \(distance)")
        }
    }

    @Test(arguments: cells)
    func `a row is the same bytes whatever rows stand beside it, on any number of threads`(_ cell: String) throws {
        let before = ComputeThreads.count
        defer { ComputeThreads.count = before }
        let values = det([130, 3, 7], 0.1, 1)
        func run(_ rows: Range<Int>, threads: Int) throws -> [[Float]] {
            ComputeThreads.count = threads
            let graph = Graph()
            let x = graph.input("x", shape: [rows.count, 3, 7])
            let units = 33
            let states = (0..<2).map { _ in graph.constant(0.1, shape: [rows.count, units]) }
            let weights = Self.shapes(cell, batch: 1, time: 1, inputs: 7, units: units)[3...].enumerated()
                .map { graph.constant(det($1, Double($0), 0.4), shape: $1) }
            let y = Self.layer(cell, [x] + states + weights, options: RecurrenceOptions())
            let gradient = graph.gradients(of: y.square().sum(), withRespectTo: [x])
            return try GraphRun(
                [y] + gradient, inputs: ["x": Array(values[rows.lowerBound * 21..<rows.upperBound * 21])]
            )
            .outputs
        }
        let (whole, first, rest) = (
            try run(0..<130, threads: 2), try run(0..<7, threads: 1), try run(7..<130, threads: 1)
        )
        for index in whole.indices { #expect(whole[index] == first[index] + rest[index]) }
    }
}
