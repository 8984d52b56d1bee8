import ArgumentParser
import Engine
import Millrace
import Training

/// Where the time of a step goes, work by work.
struct Profile: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints the seconds of each piece of a training step.")

    @Option var model: BenchmarkModel
    @Option(help: "Samples of a batch.") var batchSize = 128
    @Option var precision = Precision.float32
    @Option(help: "A directory of .keras files as Tools/peers/make_bench_models.py writes them.")
    var modelsDir: String?
    @Flag(help: "With the accuracy among the step's figures.") var accuracy = false
    @Option(help: "Steps; the median of each piece counts.") var steps = 50
    @Option(help: "Threads that compute.") var threads = 2

    func run() throws {
        ComputeThreads.count = threads
        let trained = try model.make(precision, models: modelsDir)
        try trained.compile(
            optimizer: .adam(), loss: .sparseCategoricalCrossentropy, metrics: accuracy ? [.accuracy] : [])
        let plan = try Session.of(trained).plan(.train, rows: batchSize).plan
        let source = BenchmarkData.random(model, model.inputShape(precision), rows: batchSize)
        guard let batch = try source.batches(of: batchSize, shuffle: .none).next() else {
            throw CaseFailure("expected a batch of \(batchSize) random rows, found none")
        }
        plan.setInput("input_0", to: batch.inputs[0].bytes.baseAddress!)
        plan.setInput("target_0", to: batch.targets[0].bytes.baseAddress!)
        var state = RunState()
        for _ in 0..<5 { plan.run(&state) }
        let rounds = (0..<steps).map { _ in plan.profile(&state) }
        var total = 0.0
        for index in rounds[0].indices {
            let seconds = median(rounds.map { $0[index].seconds })
            total += seconds
            print("\(Int(seconds * 1e6)) us  \(rounds[0][index].label)")
        }
        print("\(Int(total * 1e6)) us in all: \(Int(Double(batchSize) / total)) samples/s without optimizer and data")
        print(
            "arena \(ByteCount(plan.arenaBytes)), lower bound \(ByteCount(plan.arenaLowerBound)), \(plan.report.reorderCount) reorders, \(plan.report.fusedCount) fused"
        )
    }
}
