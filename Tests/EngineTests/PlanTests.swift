import Engine
import Memory
import NeuralNetwork
import TestSupport
import Testing

@Suite struct ArenaLayoutTests {
    @Test func `buffers that live at once never overlap, and no arena is smaller than what lives at once`() {
        var generator = SystemRandomNumberGenerator()
        for _ in 0..<200 {
            let requests = (0..<Int.random(in: 1...40, using: &generator)).map { _ in
                let begin = Int.random(in: 0..<30, using: &generator)
                return ArenaLayout.Request(
                    byteCount: Int.random(in: 1...5000, using: &generator),
                    lifetime: begin...begin + Int.random(in: 0..<10, using: &generator))
            }
            let layout = ArenaLayout(requests)
            for first in requests.indices {
                #expect(layout.offsets[first] % 64 == 0)
                #expect(layout.offsets[first] + requests[first].byteCount <= layout.byteCount)
                for second in requests.indices where second > first {
                    guard requests[first].lifetime.overlaps(requests[second].lifetime) else { continue }
                    let ends = (
                        layout.offsets[first] + requests[first].byteCount,
                        layout.offsets[second] + requests[second].byteCount
                    )
                    #expect(ends.0 <= layout.offsets[second] || ends.1 <= layout.offsets[first])
                }
            }
            #expect(layout.byteCount >= layout.lowerBound)
        }
    }

    @Test func `buffers that follow each other share their place`() {
        let layout = ArenaLayout([
            .init(byteCount: 640, lifetime: 0...1), .init(byteCount: 640, lifetime: 2...3),
            .init(byteCount: 640, lifetime: 4...5),
        ])
        #expect(layout.byteCount == 640)
    }
}

@Suite struct PlanTests {
    private func plan(_ build: (Graph) -> [String: Tensor]) throws -> Plan {
        let graph = Graph()
        let ledger = MemoryLedger()
        return try Plan(
            graph, store: ParameterStore([], ledger: ledger), arena: ActivationArena(ledger: ledger),
            propagation: .training, outputs: build(graph))
    }

    @Test func `an activation behind a product is fused into it`() throws {
        let model = try Sequential(input: [8, 8, 1]) {
            Conv2D(4, kernel: 3, activation: .relu)
            Flatten()
            Dense(5, activation: .tanh)
            Dense(2)
        }
        let graph = Graph()
        let output = model.trace(graph, inputs: [graph.input("x", shape: [3, 8, 8, 1])], isTraining: false).outputs[0]
        let plan = try Plan(
            graph, store: model.store, arena: ActivationArena(ledger: model.ledger), propagation: .inference,
            outputs: ["y": output])
        #expect(plan.report.fusedCount == 2)
    }

    @Test func `a value with two uses gets the sum of both gradients`() throws {
        let plan = try plan { graph in
            let x = graph.input("x", shape: [3])
            let loss = (x * x + x.scaled(by: 3)).sum()
            return ["g": graph.gradients(of: loss, withRespectTo: [x])[0]]
        }
        let x = AlignedBuffer(byteCount: 64)
        _ = x.floats.update(from: [1, -2, 0.5])
        plan.setInput("x", to: x.address)
        var state = RunState()
        plan.run(&state)
        #expect(Array(plan.output("g")) == [5, -1, 4])
        // Nothing of the input may be overwritten by work in place.
        #expect(Array(x.floats.prefix(3)) == [1, -2, 0.5])
    }

    @Test func `what the loss does not depend on has a gradient of zeros`() throws {
        let plan = try plan { graph in
            let x = graph.input("x", shape: [2])
            let other = graph.input("other", shape: [2])
            return ["g": graph.gradients(of: x.sum(), withRespectTo: [other])[0]]
        }
        var state = RunState()
        plan.run(&state)
        #expect(Array(plan.output("g")) == [0, 0])
    }

    @Test func `several outputs keep their values to the end`() throws {
        let plan = try plan { graph in
            let x = graph.input("x", shape: [4])
            let a = x.scaled(by: 2)
            let b = a.scaled(by: 2)
            let c = b.relu()
            return ["a": a, "b": b, "c": c, "sum": c.sum()]
        }
        let x = AlignedBuffer(byteCount: 64)
        _ = x.floats.update(from: [1, -1, 2, -2])
        plan.setInput("x", to: x.address)
        var state = RunState()
        plan.run(&state)
        #expect(Array(plan.output("a")) == [2, -2, 4, -4])
        #expect(Array(plan.output("b")) == [4, -4, 8, -8])
        #expect(Array(plan.output("c")) == [4, 0, 8, 0])
        #expect(Array(plan.output("sum")) == [12])
    }
}

@Suite struct DropoutTests {
    private func masks(rate: Double, seed: UInt64, step: UInt64, firstRow: Int = 0, rows: Int = 64) throws -> [Float] {
        let graph = Graph()
        let x = graph.input("x", shape: [rows, 500])
        let y = Tracer(graph, ParameterRegistry()).call(Dropout(rate), [x], masks: [nil], isTraining: true).outputs[0]
        let ledger = MemoryLedger()
        let plan = try Plan(
            graph, store: ParameterStore([], ledger: ledger), arena: ActivationArena(ledger: ledger),
            propagation: .training, outputs: ["y": y])
        let ones = AlignedBuffer(byteCount: rows * 2000)
        ones.floats.update(repeating: 1)
        plan.setInput("x", to: ones.address)
        var state = RunState(seed: seed, step: step, firstRow: firstRow)
        plan.run(&state)
        return Array(plan.output("y"))
    }

    @Test(arguments: [0.1, 0.25, 0.5, 0.9])
    func `the share of zeros is the rate and the mean stays`(_ rate: Double) throws {
        let values = try masks(rate: rate, seed: 1, step: 2)
        let zeros = Double(values.filter { $0 == 0 }.count) / Double(values.count)
        // Five standard deviations of a binomial share.
        #expect(abs(zeros - rate) < 5 * (rate * (1 - rate) / Double(values.count)).squareRoot())
        #expect(values.allSatisfy { $0 == 0 || abs($0 - Float(1 / (1 - rate))) < 1e-5 })
    }

    @Test func `masks are a function of seed, step and row`() throws {
        let first = try masks(rate: 0.5, seed: 1, step: 2)
        #expect(try masks(rate: 0.5, seed: 1, step: 2) == first)
        #expect(try masks(rate: 0.5, seed: 1, step: 3) != first)
        #expect(try masks(rate: 0.5, seed: 2, step: 2) != first)
        // Two halves of a batch draw what the whole draws.
        let halves =
            try masks(rate: 0.5, seed: 1, step: 2, rows: 32)
            + masks(rate: 0.5, seed: 1, step: 2, firstRow: 32, rows: 32)
        #expect(halves == first)
    }

    @Test func `neighbours, rows and steps are independent`() throws {
        let values = try masks(rate: 0.5, seed: 9, step: 0).map { $0 == 0 ? -1.0 : 1.0 }
        let next = try masks(rate: 0.5, seed: 9, step: 1).map { $0 == 0 ? -1.0 : 1.0 }
        func correlation(_ a: ArraySlice<Double>, _ b: ArraySlice<Double>) -> Double {
            zip(a, b).reduce(0) { $0 + $1.0 * $1.1 } / Double(a.count)
        }
        for shift in [1, 2, 16, 500] {
            #expect(abs(correlation(values.dropLast(shift), values.dropFirst(shift))) < 0.03)
        }
        #expect(abs(correlation(values[...], next[...])) < 0.03)
    }
}
