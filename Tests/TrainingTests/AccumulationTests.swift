import DataSource
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Gradients of parts are those of the whole.
@Suite struct AccumulationTests {
    private func model(
        _ name: String = "digits-convnet", _ optimizer: any Optimizer = .sgd(learningRate: 0.1, momentum: 0.9)
    ) throws -> Model {
        let model = try Model.load(Fixtures.path("\(name).keras"))
        try model.compile(optimizer: optimizer, loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
        return model
    }

    private func weights(_ model: Model) -> [Float] { model.weights.flatMap(\.values) }

    @Test(arguments: [[64], [32, 32], [1, 63], [60, 3, 1], [10, 20, 30, 4]], [false, true])
    func `any split into micro-batches is one large batch`(_ sizes: [Int], _ isWeighted: Bool) throws {
        let digits = try Digits("digits-test.h5")
        let (whole, parts) = (try model("digits-mlp"), try model("digits-mlp"))
        for step in 0..<3 {
            // Dropout is active: masks are those of the rows' places in the large batch.
            let first = step * 64
            try whole.trainOnBatch(try digits.batch(first..<first + 64, weighted: isWeighted))
            var row = first
            for (index, size) in sizes.enumerated() {
                try parts.trainOnBatch(
                    try digits.batch(row..<row + size, weighted: isWeighted), accumulate: index < sizes.count - 1)
                row += size
            }
            #expect(parts.iterations == step + 1)
        }
        #expect(distance(weights(parts), weights(whole)) < 2e-6)
    }

    @Test func `what waits at the end of an epoch is applied`() throws {
        let digits = try Digits("digits-test.h5")
        let (whole, parts) = (try model(), try model())
        try whole.trainOnBatch(try digits.batch(0..<20))
        try parts.trainOnBatch(try digits.batch(0..<12), accumulate: true)
        try parts.trainOnBatch(try digits.batch(12..<20), accumulate: true)
        #expect(parts.iterations == 0)
        try parts.applyAccumulated()
        #expect(parts.iterations == 1)
        #expect(distance(weights(parts), weights(whole)) < 2e-6)
        let before = weights(parts)
        try parts.applyAccumulated()
        #expect(parts.iterations == 1 && weights(parts) == before)
    }

    @Test(arguments: [2, 3, 7, 100])
    func `fit in parts is fit`(_ accumulate: Int) throws {
        let source = try HDF5Source(Fixtures.path("digits-test.h5"))
        var results: [[Float]] = []
        for count in [1, accumulate] {
            let model = try model("digits-convnet", .adam(learningRate: 1e-3))
            var settings = FitSettings()
            settings.epochs = 2
            settings.batchSize = 50
            settings.accumulate = count
            let plan = try model.plan(source, settings)
            let history = try model.fit(source, settings, plan, callbacks: [])
            #expect(model.iterations == 16)
            results.append(weights(model) + history["loss"].map { Float($0) } + history["accuracy"].map { Float($0) })
        }
        #expect(distance(results[1], results[0]) < 2e-4)
    }

    @Test func `parts hold fewer activations`() throws {
        let source = try HDF5Source(Fixtures.path("digits-test.h5"))
        let model = try model()
        var settings = FitSettings()
        settings.batchSize = 256
        let whole = try model.plan(source, settings)
        settings.accumulate = 8
        let fresh = try self.model()
        let parts = try fresh.plan(source, settings)
        #expect(parts.activationsBytes < whole.activationsBytes / 4)
        #expect(parts.gradientsBytes == 2 * whole.gradientsBytes)
        try fresh.fit(source, settings, parts, callbacks: [])
        #expect(fresh.ledger.peak(of: .activations) <= parts.activationsBytes)
        #expect(fresh.ledger.peak(of: .gradients) <= parts.gradientsBytes)
    }

    @Test func `a batch that does not fit the cap is computed in parts`() throws {
        let source = try HDF5Source(Fixtures.path("digits-test.h5"))
        var settings = FitSettings()
        // Other tests of the process take memory meanwhile.
        let held = 8 << 20
        settings.batchSize = 360
        settings.decodeWorkers = 2
        settings.epochs = 3
        let whole = try model()
        let free = try whole.plan(source, validation: nil, settings, heldBytes: held)
        #expect(free.accumulate == 1 && free.stepSummary == nil)
        try whole.fit(source, settings, free, callbacks: [])

        // What a run with the smallest window, queue and arena of a quarter of the batch can just hold.
        settings.memory = .cap(ByteCount(free.totalBytes - free.windowBytes - free.activationsBytes / 2))
        let parts = try model()
        let plan = try parts.plan(source, validation: nil, settings, heldBytes: held)
        #expect(plan.accumulate > 1 && plan.microBatch < 360)
        #expect(plan.totalBytes <= free.totalBytes - free.windowBytes - free.activationsBytes / 2)
        #expect(plan.stepSummary!.contains("batches of 360 in \(plan.accumulate) parts of \(plan.microBatch)"))
        try parts.fit(source, settings, plan, callbacks: [])
        #expect(parts.iterations == 3)
        #expect(parts.ledger.peak(of: .activations) <= plan.activationsBytes)
        #expect(distance(weights(parts), weights(whole)) < 1e-3)

        // The smallest cap that the message names works.
        settings.memory = .cap(.mebibytes(8))
        let error = #expect(throws: TrainingError.self) {
            try self.model().plan(source, validation: nil, settings, heldBytes: held)
        }
        let smallest = try #require(error!.description.firstMatch(of: /smallest cap that works is (\d+)MiB/)).1
        settings.memory = .cap(.mebibytes(Int(smallest)!))
        let least = try model()
        let narrow = try least.plan(source, validation: nil, settings, heldBytes: held)
        #expect(narrow.accumulate > 1 && narrow.totalBytes <= Int(smallest)! << 20)
    }

    @Test func `a bad label in a later part leaves nothing behind`() throws {
        let model = try model()
        let before = weights(model)
        let digits = try Digits("digits-test.h5")
        var labels = [Int32](repeating: 1, count: 8)
        labels[6] = 12
        let source = ArraySource(
            inputs: [ArrayColumn("x", [Float](repeating: 0.5, count: 8 * 64), rowShape: [8, 8])],
            targets: [ArrayColumn("y", labels)])
        var settings = FitSettings()
        settings.batchSize = 8
        settings.accumulate = 4
        settings.shuffle = .none
        let plan = try model.plan(source, settings)
        let error = #expect(throws: TrainingError.self) { try model.fit(source, settings, plan, callbacks: []) }
        #expect(error!.description.contains("row 6 of \"y\" has label 12"))
        #expect(weights(model) == before)
        // The next batch is not mixed with the parts that went well.
        let other = try self.model()
        for model in [model, other] { try model.trainOnBatch(try digits.batch(0..<10)) }
        #expect(weights(model) == weights(other))
    }
}
