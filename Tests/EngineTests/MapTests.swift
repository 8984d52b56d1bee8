import Engine
import Memory
import TestSupport
import Testing

/// What elementwise passes must not do to their operands, and what they do to whole numbers.
@Suite struct MapTests {
    private typealias Case = OperationHarness.Case

    @Test func `a result never takes the place of what is still read as a repeated or shifted view`() throws {
        let repeated = Case(name: "repeated", shapes: [[1, 40, 1000]]) { inputs in
            let x = inputs[0].scaled(by: 2, offset: 1)
            return x - x.sliced(axis: 1, 0..<1)
        }
        let shifted = Case(name: "shifted", shapes: [[3, 20_000]]) { inputs in
            let x = inputs[0].scaled(by: 2, offset: 1)
            return x.sliced(axis: 0, 0..<2) - x.sliced(axis: 0, 1..<3)
        }
        for example in [repeated, shifted] {
            for (what, distance) in try OperationHarness().check(example, slopes: false) where what != "loss" {
                #expect(distance < 1e-5, "\(example.name) \(what): \(distance)")
            }
        }
    }

    @Test func `a cast rounds within a pass, and to whole numbers it takes off the fraction`() throws {
        let values: [Float] = [2.7, -2.7, 0.5, -0.99, 1e10, -1e10, 1.003, 300.7]
        let functions: [(String, @Sendable (Tensor) -> Tensor)] = [
            ("within", { $0.scaled(by: 1).casted(to: .int32).casted(to: .float32) + 0.25 }),
            ("last", { $0.scaled(by: 1).casted(to: .int32) }),
            ("with a change of layout", { $0.reshaped([2, 4]).transposed([1, 0]).casted(to: .int32) }),
            ("bfloat16 and back", { ($0 * 1.5).casted(to: .bfloat16).casted(to: .float32) * 3 }),
            ("whole to bfloat16", { $0.casted(to: .int32).casted(to: .bfloat16).casted(to: .float32) + 1 }),
        ]
        for (name, function) in functions {
            var example = Case(name: name, shapes: [[8]]) { function($0[0]) }
            example.values = { _, _ in values }
            let result = try #require(try OperationHarness().check(example, slopes: false).first)
            #expect(result.distance == 0, "\(name): \(result)")
        }
    }

    @Test func `int32 keeps all its digits, and NaN is 0`() throws {
        let graph = Graph()
        let numbers: [Int32] = [16_777_217, -2_147_483_647, 7]
        let a = graph.input("a", shape: [3], type: .int32)
        let b = graph.input("b", shape: [3], type: .int32)
        let x = graph.input("x", shape: [3])
        let table = a.broadcast(to: [2, 3])
        let run = try GraphRun(
            [a.equal(b), b.less(a), b.lessOrEqual(a), a.less(b.casted(to: .float32))],
            inputs: ["x": [0, 0, 0]], numbers: ["a": numbers, "b": [16_777_216, -2_147_483_648, 7]])
        #expect(run.outputs == [[0, 0, 1], [1, 1, 0], [1, 1, 1], [0, 0, 0]])
        let ledger = MemoryLedger()
        let plan = try Plan(
            graph, store: ParameterStore([], ledger: ledger), arena: ActivationArena(ledger: ledger),
            propagation: .inference, outputs: ["x": x], integerOutputs: ["table": table, "cast": x.casted(to: .int32)])
        let memory = TestBuffer(byteCount: 64)
        memory.address.copyMemory(from: numbers, byteCount: 12)
        plan.setInput("a", to: memory.address)
        let floats = TestBuffer(byteCount: 64)
        _ = floats.floats.update(from: [.nan, .infinity, -.infinity])
        plan.setInput("x", to: floats.address)
        var state = RunState()
        plan.run(&state)
        #expect(Array(plan.integerOutput("table")) == numbers + numbers)
        #expect(Array(plan.integerOutput("cast")) == [0, .max, .min])
        withExtendedLifetime((memory, floats)) {}
    }

    @Test func `relu of infinity below zero is 0, as is its gradient, and NaN stays`() throws {
        let graph = Graph()
        let x = graph.input("x", shape: [4])
        let factors = graph.input("f", shape: [4])
        let y = x.scaled(by: 1).relu()
        let loss = (y * factors).sum()
        let tensors = [y, x.relu(negativeSlope: 0.5)] + graph.gradients(of: loss, withRespectTo: [x])
        let values: [Float] = [-.infinity, .infinity, .nan, -2]
        let slopes: [Float] = [.infinity, 3, 4, .nan]
        let found = try GraphRun(tensors, inputs: ["x": values, "f": slopes]).outputs
        let context = ReferenceContext(inputs: [
            "x": ReferenceArray([4], values.map(Double.init)), "f": ReferenceArray([4], slopes.map(Double.init)),
        ])
        for outputs in [found, ReferenceExecutor.run(tensors, context).map { $0.values.map { Float($0) } }] {
            #expect(outputs[0][0] == 0 && outputs[0][1] == .infinity && outputs[0][2].isNaN && outputs[0][3] == 0)
            #expect(outputs[1][0] == -.infinity && outputs[1][1] == .infinity && outputs[1][3] == -1)
            #expect(outputs[2][0] == 0 && outputs[2][1] == 3 && outputs[2][3] == 0)
        }
    }

    /// TensorFlow's and JAX's where they agree. At negative bases the exponent's slope is TensorFlow's 0, not JAX's NaN; at 0 to
    /// the power of 0, where both have NaN, the base's is that of the constant 1.
    @Test func `slopes of a power at bases that are not positive`() throws {
        let graph = Graph()
        let a = graph.input("a", shape: [6])
        let b = graph.input("b", shape: [6])
        let slopes = graph.gradients(of: a.power(b).sum(), withRespectTo: [a, b])
        let found = try GraphRun(slopes, inputs: ["a": [0, 0, 0, -2, -2, 2], "b": [0, 1, 2, 3, 2, 3]]).outputs
        #expect(found[0] == [0, 1, 0, 12, -4, 12])
        #expect(found[1].prefix(5) == [0, 0, 0, 0, 0] && abs(found[1][5] - 8 * 0.693_147_2) < 1e-5)
    }

    @Test func `operands are repeated along up to twelve separate axes`() throws {
        let full = Shape(Array(repeating: 2, count: 12))
        let example = Case(name: "", shapes: [full, Shape((0..<12).map { $0 % 2 + 1 })]) { $0[0] * $0[1] }
        for (what, distance) in try OperationHarness().check(example, slopes: false) where what != "loss" {
            #expect(distance < 1e-4, "\(what): \(distance)")
        }
    }
}
