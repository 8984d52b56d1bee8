import Engine
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// What a plan says of itself: `millrace inspect` prints it.
@Suite struct PlanReportTests {
    private func report(_ model: Model, rows: Int) throws -> PlanReport {
        let graph = Graph()
        let inputs = model.inputs.enumerated().map {
            graph.input("x\($0)", shape: $1.shape.prepending(rows), type: $1.type)
        }
        let output = model.trace(graph, inputs: inputs, isTraining: true).outputs[0]
        let parameters = model.parameters.indices.map {
            graph.parameter($0, shape: model.parameters[$0].specification.shape)
        }
        let gradients = graph.gradients(of: output.square().mean(), withRespectTo: parameters)
        return try Plan(
            graph, store: model.store, arena: ActivationArena(ledger: model.ledger), propagation: .training,
            outputs: ["y": output], gradients: gradients.enumerated().map { ($1, $0) }, updates: []
        ).report
    }

    private func convnet() throws -> Model {
        try Sequential(input: [12, 12, 3]) {
            Conv2D(16, kernel: 3, activation: .relu)
            Conv2D(16, kernel: 3, activation: .relu)
            MaxPooling2D()
            Flatten()
            Dense(8, activation: .tanh)
            Dense(4)
        }
    }

    @Test func `fused groups are named by what is fused, with how often`() throws {
        let report = try report(try convnet(), rows: 4)
        #expect(report.fusedGroups.map(\.name) == ["convolution + relu", "inner product + tanh"])
        #expect(report.fusedGroups.map(\.count) == [2, 1])
        #expect(report.fusedCount == 3)
        let plain = try self.report(Sequential(input: [4]) { Dense(3) }, rows: 4)
        #expect(plain.fusedGroups.isEmpty && plain.fusedCount == 0)
    }

    @Test func `lines name each step, its shape, its layouts and its bytes`() throws {
        let report = try report(try convnet(), rows: 4)
        let convolution = try #require(report.lines.first { $0.label.hasPrefix("convolution") })
        #expect(convolution.shape == [4, 10, 10, 16])
        // Layouts as oneDNN names them: axes in any order, some of them in blocks.
        let layouts = convolution.detail.lowercased().split { !"abcd".contains($0) }
        #expect(layouts.contains { Set("abcd").isSubset(of: $0) }, "\(convolution.detail)")
        #expect(convolution.byteCount >= 4 * (4 * 12 * 12 * 3 + 16 * 3 * 9 + 4 * 10 * 10 * 16))
        #expect(report.lines.contains { $0.label.contains("pooling") && $0.shape == [4, 4, 4, 16] })
        #expect(report.lines.allSatisfy { !$0.label.isEmpty && $0.byteCount > 0 })
    }

    @Test func `copies and maps are counted as the lines have them`() throws {
        let input = Input(6, 8)
        // A transposed operand of a sum cannot be read in place by what writes rows.
        let turned = try Permute([2, 1])(input)
        let model = try Model(inputs: [input], outputs: [try Dense(5)(try Flatten()(turned))])
        let report = try report(model, rows: 4)
        let copies = report.lines.filter { $0.label.hasPrefix("reorder") || $0.label.hasPrefix("cast") }
        #expect(report.reorderCount == copies.count && report.reorderCount > 0, "\(report.lines.map(\.label))")
        let maps = report.lines.filter { line in line.label == "map" || line.detail == line.label }
        #expect(report.mapCount == maps.count && report.mapCount > 0, "\(report.lines.map { ($0.label, $0.detail) })")
    }

    @Test func `the arena holds what is alive at once, in bytes`() throws {
        let small = try report(try convnet(), rows: 4)
        let large = try report(try convnet(), rows: 32)
        for report in [small, large] {
            #expect(report.arenaLowerBound > 0 && report.arenaBytes >= report.arenaLowerBound)
            // The output of the first convolution is alive while the second one is computed.
            #expect(Double(report.arenaBytes) <= 1.1 * Double(report.arenaLowerBound))
        }
        #expect(large.arenaLowerBound >= 4 * 32 * (10 * 10 * 16 + 8 * 8 * 16))
        #expect(large.arenaLowerBound > 6 * small.arenaLowerBound)
    }
}
