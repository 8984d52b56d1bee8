import ArgumentParser
import Engine
import Foundation
import Millrace
import Training

/// What loops cost around the kernels: a hand-written one beside `fit`, metrics and callbacks, and each single step.
struct RunLoops: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "loops",
        abstract: "A hand-written loop beside fit, metrics and callbacks, and the time of a step outside kernels.",
        discussion: """
            Epochs of the same batches alternate: fit, and a loop of trainOnBatch. Single steps alternate: trainOnBatch, and
            the same of a run with a metric and the callbacks of a usual run. Each ratio is the median over the rounds of
            that round's two times, so that what disturbs the machine disturbs both; every round compiles the models anew,
            since it matters where in memory the state of the optimizer comes to lie. A step's time outside kernels is that
            of trainOnBatch, less the time of the same step's pieces and update alone, in turns: medians of each pair's
            difference.
            """)

    @Option(help: "Models to run.") var models: [BenchmarkModel] = BenchmarkModel.heavy
    @Option(help: "Samples of a batch (default: each of the model's).") var batchSize: Int?
    @Option(help: "A directory of .keras files as Tools/peers/make_bench_models.py writes them.")
    var modelsDir: String?
    @Option(help: "Rounds; medians over them count.") var rounds = 12
    @Option(help: "Updates of an epoch (default: a fifth of the model's).") var steps: Int?
    @Option(help: "Threads that compute.") var threads = 2

    func run() throws {
        ComputeThreads.count = threads
        print(
            pad("model", 14) + pad("batch", 8) + pad("loop/fit", 11) + pad("callbacks", 12) + pad("outside kernels", 18)
                + "a step")
        for model in models {
            for size in batchSize.map({ [$0] }) ?? model.specification.batchSizes { try measure(model, size) }
        }
    }

    private func measure(_ model: BenchmarkModel, _ size: Int) throws {
        let steps = self.steps ?? max(5, model.specification.steps / 5)
        let source = BenchmarkData.random(model, model.inputShape(.float32), rows: steps * size)
        let trained = try model.make(.float32, models: modelsDir)
        let log = FileManager.default.temporaryDirectory.appending(path: "millrace-loops-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: log, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: log) }
        func callbacks() throws -> [any Callback] {
            [
                ProgressLine(columns: { 80 }) { _ in },
                try JSONLinesLog(log.appending(path: "log.jsonl").path),
                CSVLogger(log.appending(path: "log.csv").path),
                EarlyStopping(monitor: "loss", patience: 100), try ReduceLROnPlateau(monitor: "loss", patience: 100),
                TerminateOnNaN(),
            ]
        }
        let watched = try model.make(.float32, models: modelsDir)
        var (loop, extras): ([Double], [Double]) = ([], [])
        for round in 0...rounds {
            func fit() throws -> Double {
                try compile(trained, metrics: [])
                return try fitSeconds(trained, source, size)
            }
            func hand() throws -> Double {
                try compile(trained, metrics: [])
                return try loopSeconds(trained, source, size)
            }
            // Neither is always the first.
            let ratio = try round.isMultiple(of: 2) ? hand() / fit() : 1 / (fit() / hand())
            // Weights of one model may lie better in memory than those of the other.
            let (bare, full) = round.isMultiple(of: 2) ? (trained, watched) : (watched, trained)
            let extra = try watchedRatio(bare, full, source, size, steps: steps, try callbacks())
            // The first round warms up.
            guard round > 0 else { continue }
            loop.append(ratio)
            extras.append(extra)
        }
        try compile(trained, metrics: [])
        let step = try stepSeconds(trained, source, size)
        print(
            pad(model.rawValue, 14) + pad("\(size)", 8) + pad(fixed(median(loop), 3), 11)
                + pad(fixed(median(extras), 3), 12) + pad("\(fixed(step.outside * 1e6, 1)) us", 18)
                + "\(fixed(step.all * 1e6, 0)) us")
        fflush(nil)
    }

    private func compile(_ model: Model, metrics: [any Metric]) throws {
        try model.compile(optimizer: .adam(), loss: .sparseCategoricalCrossentropy, metrics: metrics)
    }

    /// Of the second of two epochs: the stream is open and full.
    private func fitSeconds(_ model: Model, _ source: any Source, _ size: Int) throws -> Double {
        var settings = FitSettings()
        settings.batchSize = size
        settings.epochs = 2
        var seconds = 0.0
        let clock = LambdaCallback(epochDidEnd: { report, _ in seconds = report.seconds })
        try model.fit(source, settings, try model.plan(source, settings), callbacks: [clock])
        return seconds
    }

    private func loopSeconds(_ model: Model, _ source: any Source, _ size: Int) throws -> Double {
        var options = BatchOptions()
        options.batchSize = size
        options.inputTypes = model.inputs.map(\.type)
        options.epochs = 0..<2
        let stream = try BatchStream(source, options: options)
        let batches = (source.rowCount - 1) / size + 1
        var begin = ContinuousClock.now
        var count = 0
        while let batch = try stream.next() {
            if count == batches { begin = .now }
            try model.trainOnBatch(batch)
            count += 1
        }
        return (ContinuousClock.now - begin) / .seconds(1)
    }

    /// How many times as long a step takes with a metric and callbacks as without, of two models in turns.
    private func watchedRatio(
        _ bare: Model, _ watched: Model, _ source: any Source, _ size: Int, steps: Int, _ callbacks: [any Callback]
    ) throws -> Double {
        let batch = try firstBatch(of: source, size, for: bare)
        try compile(bare, metrics: [])
        try compile(watched, metrics: [.accuracy])
        let run = TrainingRun(watched, epochs: 1, callbacks: callbacks)
        try run.begin()
        _ = try run.beginEpoch(steps: steps)
        var (plain, full): ([Double], [Double]) = ([], [])
        for _ in 0..<steps {
            let begin = ContinuousClock.now
            try bare.trainOnBatch(batch)
            let middle = ContinuousClock.now
            try run.train(batch)
            full.append((ContinuousClock.now - middle) / .seconds(1))
            plain.append((middle - begin) / .seconds(1))
        }
        try run.endEpoch()
        try run.end()
        return median(full) / median(plain)
    }

    private func firstBatch(of source: any Source, _ size: Int, for model: Model) throws -> Batch {
        var options = BatchOptions()
        options.batchSize = size
        options.shuffle = .none
        options.inputTypes = model.inputs.map(\.type)
        guard let batch = try BatchStream(source, options: options).next() else {
            throw CaseFailure("expected a batch of \(size) random rows, found none")
        }
        return batch
    }

    /// Medians of a whole step and of its time outside kernels, over two seconds.
    private func stepSeconds(_ model: Model, _ source: any Source, _ size: Int) throws -> (all: Double, outside: Double)
    {
        let batch = try firstBatch(of: source, size, for: model)
        let session = Session.of(model)
        let plan = try session.plan(.train, rows: size).plan
        var state = RunState()
        var (all, outside): ([Double], [Double]) = ([], [])
        let start = ContinuousClock.now
        while all.count < 20 || ContinuousClock.now - start < .seconds(2) {
            let begin = ContinuousClock.now
            try model.trainOnBatch(batch)
            let seconds = (ContinuousClock.now - begin) / .seconds(1)
            let bare = ContinuousClock.now
            plan.run(&state)
            _ = try session.optimizerUpdate.apply()
            all.append(seconds)
            outside.append(seconds - (ContinuousClock.now - bare) / .seconds(1))
        }
        return (median(all), median(outside))
    }
}
