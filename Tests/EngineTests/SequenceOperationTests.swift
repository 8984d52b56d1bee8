import Engine
import Memory
import TestSupport
import Testing

@Suite struct SequenceOperationTests {
    private typealias Case = OperationHarness.Case

    private static let functions: [(String, @Sendable (Tensor) -> Tensor)] = [
        ("softmax", { $0.softmax() }), ("softmax of a middle axis", { $0.softmax(axis: 1) }),
        ("softmax of the first axis", { $0.softmax(axis: 0) }), ("log-softmax", { $0.logSoftmax() }),
        ("log-softmax of a middle axis", { $0.logSoftmax(axis: 1) }), ("sparsemax", { $0.scaled(by: 2).sparsemax() }),
        ("sparsemax of a middle axis", { $0.scaled(by: 2).sparsemax(axis: 1) }),
        ("reversed first axis", { $0.reversed(axis: 0) }), ("reversed last axis", { $0.reversed(axis: -1) }),
        ("running sum", { $0.cumulativeSum(axis: 1) }),
        ("running sum of the last axis", { $0.cumulativeSum(axis: -1) }),
        ("running sum from the end", { $0.cumulativeSum(axis: 0, backwards: true) }),
        ("gather", { $0.gathered($0.graph.constant([2, 0, 2, 1], shape: [2, 2]).casted(to: .int32)) }),
        ("dropout", { $0.dropout(rate: 0.4, stream: 3) }),
        ("dropout of channels", { $0.dropout(rate: 0.4, stream: 3, noiseShape: [nil, 1, nil]) }),
        ("dropout of rows", { $0.dropout(rate: 0.4, stream: 3, noiseShape: [1, 4, 1]) }),
        ("Gaussian noise", { $0.gaussianNoise(deviation: 0.3, stream: 4) }),
        ("Gaussian dropout", { $0.gaussianDropout(rate: 0.3, stream: 4) }),
        ("alpha dropout", { $0.alphaDropout(rate: 0.3, stream: 5, noiseShape: [nil, nil, 1]) }),
        ("uniform", { $0 * $0.graph.randomUniform($0.shape, stream: 9) }),
    ]

    @Test(arguments: functions.map(\.0))
    func `values are the reference's, and gradients and their gradients are slopes`(_ name: String) throws {
        let function = Self.functions.first { $0.0 == name }!.1
        for shape: Shape in [[3, 4, 5], [5, 1, 30], [2, 300, 1]] {
            // A noise shape is one of the tensor; sparsemax has no gradient where a number enters the support.
            if shape != [3, 4, 5] && (name == "dropout of rows" || name.hasPrefix("sparsemax")) { continue }
            let example = Case(name: name, shapes: [shape]) { function($0[0]) }
            for (what, distance) in try OperationHarness().check(example, second: shape == [3, 4, 5]) {
                #expect(distance < 5e-5, "\(shape) \(what): \(distance)")
            }
        }
    }

    @Test(arguments: functions.map(\.0))
    func `bfloat16 comes near`(_ name: String) throws {
        let function = Self.functions.first { $0.0 == name }!.1
        let example = Case(name: name, shapes: [[3, 4, 5]]) { function($0[0].casted(to: .bfloat16)) }
        for (what, distance) in try OperationHarness().check(example) where !what.hasPrefix("slope") {
            #expect(distance < 3e-2, "\(what): \(distance)")
        }
    }

    @Test func `masked softmax leaves masked numbers out`() throws {
        let mask: [Float] = [1, 0, 1, 1, 0, 0, 0, 1, 1, 1, 1, 1]
        let example = Case(name: "", shapes: [[2, 3, 4]]) {
            $0[0].softmax(mask: $0[0].graph.constant(mask, shape: [3, 4]))
        }
        for (what, distance) in try OperationHarness().check(example) {
            #expect(distance < 5e-5, "\(what): \(distance)")
        }
        let graph = Graph()
        let none = graph.constant(0, shape: [3, 4])
        let found = try GraphRun(
            [graph.input("x", shape: [3, 4]).softmax(mask: none)], inputs: ["x": det([3, 4], 0, 3)])
        // A row without any: 10⁹ swallows the numbers.
        #expect(found.outputs[0].allSatisfy { $0 == 0.25 })
    }

    /// Scores, weights and results of attention over (batch, time, heads, size), by way of views.
    private static func attention(_ query: Tensor, _ key: Tensor, _ value: Tensor) -> Tensor {
        let turned = [query, key, value].map { $0.transposed([0, 2, 1, 3]) }
        let size = Float(query.shape.last)
        let scores = turned[0].matrixProduct(turned[1], transposeRight: true).scaled(by: 1 / size.squareRoot())
        return scores.softmax().matrixProduct(turned[2]).transposed([0, 2, 1, 3])
    }

    @Test func `attention over views is the reference's, and gradients are slopes`() throws {
        let example = Case(name: "", shapes: [[2, 5, 3, 4], [2, 6, 3, 4], [2, 6, 3, 4]]) {
            Self.attention($0[0], $0[1], $0[2])
        }
        for (what, distance) in try OperationHarness().check(example) {
            #expect(distance < 5e-5, "\(what): \(distance)")
        }
    }

    @Test func `a number outside of the table gives zeros, no gradient, and a note`() throws {
        for width in [1, 3, 64, 200] {
            let graph = Graph()
            let (table, numbers) = (
                graph.input("t", shape: [4, width]), graph.input("n", shape: [2, 3], type: .int32)
            )
            let rows = table.gathered(numbers)
            let gradient = graph.gradients(of: rows.square().sum(), withRespectTo: [table])[0]
            let values = det([4, width], 0.3, 1)
            let run = try GraphRun(
                [rows, gradient], inputs: ["t": values], numbers: ["n": [3, 0, 4, 3, -1, .min]])
            func row(_ number: Int) -> [Float] { Array(values[number * width..<(number + 1) * width]) }
            let zeros = [Float](repeating: 0, count: width)
            #expect(run.outputs[0] == row(3) + row(0) + zeros + row(3) + zeros + zeros)
            #expect(run.outputs[1] == row(0).map { 2 * $0 } + zeros + zeros + row(3).map { 4 * $0 })
            let noted = run.state.invalidIndex
            #expect(noted?.place == 2 && noted?.index == 4 && noted?.rows == 4)
        }
    }

    @Test func `gradients of a table are the same bytes for any number of threads`() throws {
        let numbers = (0..<3000).map { Int32(($0 * $0) % 37) }
        let before = ComputeThreads.count
        defer { ComputeThreads.count = before }
        for width in [5, 130] {
            let found = try [1, 2].map { threads in
                ComputeThreads.count = threads
                let graph = Graph()
                let table = graph.input("t", shape: [37, width])
                let rows = table.gathered(graph.input("n", shape: [3000], type: .int32))
                let factors = graph.constant(det(rows.shape, 0.2, 1), shape: rows.shape)
                let gradient = graph.gradients(of: (rows * factors).sum(), withRespectTo: [table])[0]
                return try GraphRun([gradient], inputs: ["t": det([37, width], 1, 1)], numbers: ["n": numbers])
                    .outputs[0]
            }
            #expect(found[0] == found[1])
        }
    }

    @Test func `one-hot rows are zero for numbers outside`() throws {
        let graph = Graph()
        let numbers = graph.input("n", shape: [2, 3], type: .int32)
        let found = try GraphRun([numbers.oneHot(depth: 3)], numbers: ["n": [0, 2, 3, -1, 1, 1]]).outputs[0]
        #expect(found == [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 1, 0])
    }
}
