import Millrace
import Engine
import Training
import NeuralNetwork
import OneDNN

@main struct Main {
    static func main() throws {
        for kind in BenchmarkModel.allCases {
            let model = try kind.make()
            let rows = 12800
            let x = (0..<rows * 784).map { Float($0 &* 7919 % 256) }
            let y = (0..<rows).map { Int32($0 % 10) }
            let source = ArraySource(inputs: [ArrayColumn("x", x, rowShape: [28, 28])], targets: [ArrayColumn("y", y)])
            try model.fit(source, epochs: 6, batchSize: 128)
            var state = RunState()
            let plan = try Session.of(model).plan(.train, rows: 128, weighted: false)
            let p = plan.plan
            print(kind, "arena", p.arenaBytes, p.arenaLowerBound, "reorders", p.reorderCount, "fused", p.fusedCount)
            let batch = try Batch(x: Array(x[0..<128*784]), shape: [28, 28], y: Array(y[0..<128]))
            p.setInput("input_0", to: batch.inputs[0].bytes.baseAddress!)
            p.setInput("target", to: batch.targets[0].bytes.baseAddress!)
            for _ in 0..<3 { _ = p.profile(&state) }
            for (label, seconds) in p.profile(&state) { print("  ", Int(seconds * 1e6), "us", label) }
        }
    }
}
