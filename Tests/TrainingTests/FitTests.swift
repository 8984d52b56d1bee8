import DataSource
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

@Suite struct FitTests {
    private func model() throws -> Model { try Model.load(Fixtures.path("digits-convnet.keras")) }
    private func source() throws -> HDF5Source { try HDF5Source(Fixtures.path("digits-train.h5")) }

    private func weights(_ model: Model) -> [[Float]] { model.weights.map(\.values) }

    @Test func `fit is a loop over trainOnBatch, byte for byte`() throws {
        let fitted = try model()
        let history = try fitted.fit(source(), epochs: 2, batchSize: 100, seed: 5, callbacks: [])
        let driven = try model()
        var losses: [Double] = []
        // Dropout masks are a function of the seed; `fit` takes its own, a loop by hand the model's.
        driven.seed = 5
        for epoch in 0..<2 {
            var options = BatchOptions()
            options.batchSize = 100
            options.seed = 5
            options.epochs = epoch..<epoch + 1
            options.windowBytes = 256 << 20
            let stream = try BatchStream(source(), options: options)
            var sum = 0.0
            while let batch = try stream.next() {
                let rows = batch.rowCount
                sum += try driven.trainOnBatch(batch).loss * Double(rows)
            }
            losses.append(sum / 1437)
        }
        #expect(weights(fitted) == weights(driven))
        for (found, expected) in zip(history["loss"], losses) { #expect(abs(found - expected) < 1e-12) }
    }

    @Test(arguments: [ShufflePolicy.window, .block, .none])
    func `any number of workers and any queue give the same weights`(_ shuffle: ShufflePolicy) throws {
        var results: [[[Float]]] = []
        for (workers, queue) in [(1, 0), (2, 1 << 20), (5, 100_000)] {
            let model = try model()
            var settings = FitSettings()
            settings.epochs = 2
            settings.batchSize = 60
            settings.shuffle = shuffle
            settings.seed = 3
            settings.windowBytes = 30_000
            settings.decodeWorkers = workers
            settings.queueBytes = queue
            let plan = try model.plan(source(), settings)
            try model.fit(source(), settings, plan, callbacks: [])
            results.append(weights(model))
        }
        #expect(results[0] == results[1])
        #expect(results[0] == results[2])
    }

    @Test func `another seed gives another order and other weights`() throws {
        let first = try model()
        try first.fit(source(), batchSize: 64, seed: 1, callbacks: [])
        let second = try model()
        try second.fit(source(), batchSize: 64, seed: 2, callbacks: [])
        #expect(weights(first) != weights(second))
    }

    @Test func `history has the figures of every epoch, validation included`() throws {
        let model = try model()
        let test = try HDF5Source(Fixtures.path("digits-test.h5"))
        let history = try model.fit(source(), epochs: 3, batchSize: 64, validation: test, callbacks: [])
        #expect(history.epochs == [1, 2, 3])
        #expect(history.names == ["loss", "accuracy", "val_loss", "val_accuracy"])
        for name in history.names { #expect(history[name].count == 3) }
        let logs = try model.evaluate(test, batchSize: 64)
        #expect(logs.loss == history["val_loss"][2])
        #expect(logs["accuracy"] == history["val_accuracy"][2])
        #expect(history["loss"][2] < history["loss"][0])
    }

    @Test func `steps per epoch go on where the last epoch stopped`() throws {
        let whole = try model()
        try whole.fit(source(), epochs: 1, batchSize: 100, callbacks: [])
        let parts = try model()
        var settings = FitSettings()
        settings.batchSize = 100
        settings.epochs = 3
        settings.stepsPerEpoch = 5
        let plan = try parts.plan(source(), settings)
        let history = try parts.fit(source(), settings, plan, callbacks: [])
        #expect(history.epochs.count == 3)
        #expect(parts.iterations == 15)
        #expect(whole.iterations == 15)
        #expect(weights(whole) == weights(parts))
    }

    /// Stops or throws at an update.
    private final class Breaker: Callback {
        struct Broken: Error {}
        let step: Int
        let throwing: Bool
        init(_ step: Int, throwing: Bool) {
            self.step = step
            self.throwing = throwing
        }
        func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) throws {
            guard report.step == step else { return }
            if throwing { throw Broken() }
            run.interrupt()
        }
    }

    @Test func `a throw in the middle leaves no slot behind`() throws {
        let model = try model()
        #expect(throws: Breaker.Broken.self) {
            try model.fit(source(), epochs: 3, batchSize: 32, callbacks: [Breaker(7, throwing: true)])
        }
        for account in [MemoryAccount.window, .decode, .queue] { #expect(model.ledger.granted(to: account) == 0) }
        #expect(model.iterations == 7)
    }

    @Test func `an early stop ends the epoch and leaves no slot behind`() throws {
        let model = try model()
        let history = try model.fit(source(), epochs: 3, batchSize: 32, callbacks: [Breaker(4, throwing: false)])
        #expect(history.epochs == [1])
        #expect(model.iterations == 4)
        for account in [MemoryAccount.window, .decode, .queue] { #expect(model.ledger.granted(to: account) == 0) }
    }

    /// Keeps the step sizes that are reported.
    private final class Rates: Callback {
        var rates: [Float] = []
        func batchDidEnd(_ report: BatchReport, _ run: TrainingRun) { rates.append(report.learningRate) }
    }

    @Test func `a report has the step size of its own update`() throws {
        let model = try model()
        try model.compile(
            optimizer: .sgd(learningRate: .custom { 0.1 / Float(1 + $0) }), loss: .sparseCategoricalCrossentropy)
        let rates = Rates()
        try model.fit(source(), batchSize: 500, callbacks: [rates])
        #expect(rates.rates == [0.1, 0.05, 0.1 / 3])
        #expect(model.learningRate == 0.025)
    }

    @Test func `learning rate and frozen layers take effect at the next step`() throws {
        let model = try model()
        let digits = try Digits("digits-test.h5")
        model.learningRate = 0
        let before = weights(model)
        try model.trainOnBatch(try digits.batch(0..<32))
        #expect(weights(model) == before)
        model.learningRate = 0.01
        model.setTrainable(false) { $0.hasPrefix("conv") }
        try model.trainOnBatch(try digits.batch(0..<32))
        for (index, parameter) in model.weights.enumerated() {
            #expect((parameter.values == before[index]) == parameter.name.hasPrefix("conv"), "\(parameter.name)")
        }
    }

    @Test func `a layer's own flag takes effect at the next step`() throws {
        let model = try model()
        let digits = try Digits("digits-test.h5")
        try model.trainOnBatch(try digits.batch(0..<32))
        let before = weights(model)
        for layer in model.layers where layer.name == "dense" { layer.isTrainable = false }
        try model.trainOnBatch(try digits.batch(0..<32))
        for (index, parameter) in model.weights.enumerated() {
            #expect((parameter.values == before[index]) == parameter.name.hasPrefix("dense"), "\(parameter.name)")
        }
    }

    @Test func `other metrics leave the optimizer where it is`() throws {
        let (kept, changed) = (try model(), try model())
        let digits = try Digits("digits-test.h5")
        for model in [kept, changed] { for _ in 0..<3 { try model.trainOnBatch(try digits.batch(0..<32)) } }
        try changed.recompile(metrics: [])
        #expect(changed.iterations == 3)
        for model in [kept, changed] { try model.trainOnBatch(try digits.batch(32..<64)) }
        #expect(weights(kept) == weights(changed))
        #expect(throws: TrainingError.self) { try changed.recompile(metrics: [.binaryAccuracy]) }
    }

    @Test func `a metric that does not fit the loss is refused by compile`() throws {
        let error = #expect(throws: TrainingError.self) {
            try model().compile(
                optimizer: .adam(), loss: .sparseCategoricalCrossentropy, metrics: [.binaryAccuracy])
        }
        #expect(error?.kind == .usage && error!.description.contains("binary_accuracy"))
    }

    @Test func `a batch that does not fit is refused with both shapes`() throws {
        let model = try model()
        let error = #expect(throws: TrainingError.self) {
            try model.trainOnBatch(try Batch(x: [1, 2, 3], shape: [3], y: [Int32(0)]))
        }
        #expect(error!.description.contains("(3,)") && error!.description.contains("(8, 8)"))
        let digits = try Digits("digits-test.h5")
        #expect(throws: TrainingError.self) { try model.trainOnBatch(try digits.batch(0..<4, oneHot: true)) }
        let bad = try Batch(x: [Float](repeating: 0, count: 128), shape: [8, 8], y: [3, 11])
        let label = #expect(throws: TrainingError.self) { try model.trainOnBatch(bad) }
        #expect(label!.description.contains("11") && label!.description.contains("0 to 9"))
    }

    @Test func `a bad label leaves the weights as they were`() throws {
        let model = try model()
        let before = weights(model)
        let bad = try Batch(x: [Float](repeating: 1, count: 128), shape: [8, 8], y: [3, -1])
        #expect(throws: TrainingError.self) { try model.trainOnBatch(bad) }
        #expect(weights(model) == before)
        #expect(model.iterations == 0)
    }

    @Test(arguments: [ShufflePolicy.window, .block, .none])
    func `a bad label is named with its row, in whatever order rows come`(_ shuffle: ShufflePolicy) throws {
        let count = 500
        var labels = (0..<count).map { Int32($0 % 10) }
        labels[321] = 77
        let source = ArraySource(
            inputs: [ArrayColumn("x", [Float](repeating: 0, count: count * 64), rowShape: [8, 8])],
            targets: [ArrayColumn("y", labels)], rowsPerBlock: 30)
        var settings = FitSettings()
        settings.shuffle = shuffle
        settings.windowBytes = 40_000
        let model = try model()
        let plan = try model.plan(source, settings)
        let error = #expect(throws: TrainingError.self) { try model.fit(source, settings, plan, callbacks: []) }
        #expect(error!.description.contains("row 321 of \"y\" has label 77"))
    }

    @Test func `a bad label of any output, at any position of a row, is named with its column`() throws {
        let x = Input(2, 3)
        let model = try Model(inputs: [x], outputs: [Dense(3, name: "a")(x), Dense(4, name: "b")(x)])
        try model.compile(
            optimizer: .sgd(),
            outputs: [.sparseCategoricalCrossentropy, .sparseCategoricalCrossentropy].map {
                OutputCompilation(loss: $0)
            })
        var labels = (0..<20).map { Int32($0 % 3) }
        labels[13] = 5
        let source = ArraySource(
            inputs: [ArrayColumn("x", [Float](repeating: 1, count: 60), rowShape: [2, 3])],
            targets: [
                ArrayColumn("first", (0..<20).map { Int32($0 % 3) }, rowShape: [2]),
                ArrayColumn("second", labels, rowShape: [2]),
            ])
        var settings = FitSettings()
        settings.batchSize = 8
        settings.accumulate = 4
        settings.shuffle = .none
        let plan = try model.plan(source, settings)
        let error = #expect(throws: TrainingError.self) { try model.fit(source, settings, plan, callbacks: []) }
        #expect(error!.description.contains("row 6 of \"second\" has label 5"), "\(error!)")
        #expect(error!.description.contains("output \"b\""))
    }

    @Test func `class numbers are not mixed, also those that are stored as floats`() throws {
        let model = try Sequential(input: [4, 4, 1]) {
            Flatten()
            Dense(3)
        }
        try model.compile(optimizer: .sgd(), loss: SparseCategoricalCrossentropy(fromLogits: true))
        let source = try ArraySource(
            inputs: [ArrayColumn("x", [Float](repeating: 1, count: 8 * 16), rowShape: [4, 4, 1])],
            targets: [ArrayColumn("y", (0..<8).map { Float($0 % 3) })]
        ).augmented(by: [.mixup(1)])
        let error = #expect(throws: TrainingError.self) { try model.plan(source, FitSettings()) }
        #expect(error?.kind == .usage && error!.description.contains("mixup"), "\(error!)")
    }

    @Test func `a model that is not compiled says so`() throws {
        let model = try Sequential(input: [4]) { Dense(2) }
        let batch = try Batch(x: [1, 2, 3, 4], shape: [4], y: [Int32(0)])
        let error = #expect(throws: TrainingError.self) { try model.trainOnBatch(batch) }
        #expect(error!.description.contains("compile"))
        #expect(try model.predictOnBatch(batch).count == 2)
    }

    @Test func `predict streams every row in order`() throws {
        let model = try model()
        let test = try HDF5Source(Fixtures.path("digits-test.h5"))
        let all = try model.predict(test, batchSize: 50)
        let digits = try Digits("digits-test.h5")
        let once = try model.predictOnBatch(try digits.batch(0..<360))
        #expect(distance(all, once) < 1e-6)
    }
}
