import DataSource
import Engine
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// What single steps may be told: a loss, class weights, gradients of one's own.
@Suite struct StepOptionTests {
    private func model() throws -> Model {
        let model = try Model.load(Fixtures.path("digits-mlp.keras"))
        for case let dropout as Dropout in model.layers { dropout.rate = 0 }
        try model.compile(
            optimizer: .sgd(learningRate: 0.1), loss: .sparseCategoricalCrossentropy, metrics: [.accuracy])
        return model
    }

    private func weights(_ model: Model) -> [[Float]] { model.weights.map(\.values) }

    @Test func `a loss for one batch is that of a model compiled with it`() throws {
        let digits = try Digits("digits-test.h5")
        let (model, other) = (try model(), try model())
        try other.compile(optimizer: .sgd(learningRate: 0.1), loss: .meanSquaredError)
        let logs = try model.trainOnBatch(try digits.batch(0..<32, oneHot: true), loss: .meanSquaredError)
        let expected = try other.trainOnBatch(try digits.batch(0..<32, oneHot: true))
        #expect(logs.loss == expected.loss)
        #expect(weights(model) == weights(other))
        // The compiled loss is back.
        try model.trainOnBatch(try digits.batch(0..<32))
        #expect(throws: TrainingError.self) { try model.trainOnBatch(try digits.batch(0..<32, oneHot: true)) }
    }

    /// Not `Hashable`: each of them may compute something else.
    private struct Scaled: Loss {
        let factor: Float
        let name = "scaled"
        func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
            try SparseCategoricalCrossentropy().targets(for: prediction)
        }
        func values(prediction: Tensor, target: Tensor) -> Tensor {
            SparseCategoricalCrossentropy().values(prediction: prediction, target: target).scaled(by: factor)
        }
    }

    @Test func `losses that cannot be told apart are not mixed up`() throws {
        let digits = try Digits("digits-test.h5")
        let model = try model()
        let base = try model.testOnBatch(try digits.batch(0..<16)).loss
        for factor in [2, 3, 2] as [Float] {
            let loss = try model.testOnBatch(try digits.batch(0..<16), loss: Scaled(factor: factor)).loss
            #expect(abs(loss - Double(factor) * base) < 1e-5 * loss)
        }
    }

    @Test func `class weights are sample weights by class`() throws {
        let digits = try Digits("digits-test.h5")
        let table: [Int: Float] = [0: 2, 3: 0.25, 9: 4]
        let (model, other) = (try model(), try model())
        let labels = Array(digits.labels[0..<50])
        let images = Array(digits.images[0..<50 * 64])
        let weights = labels.map { table[Int($0)] ?? 1 }
        let logs = try model.trainOnBatch(try digits.batch(0..<50), classWeights: table)
        let expected = try other.trainOnBatch(
            try Batch(
                inputs: [ArrayColumn("x", images, rowShape: [8, 8])], targets: [ArrayColumn("y", labels)],
                sampleWeight: ArrayColumn("w", weights)))
        #expect(abs(logs.loss - expected.loss) < 1e-6)
        #expect(logs["accuracy"] == expected["accuracy"])
        #expect(distance(self.weights(model).flatMap { $0 }, self.weights(other).flatMap { $0 }) < 1e-6)
        for wrong in [[0: -1], [2: .nan]] as [[Int: Float]] {
            #expect(throws: TrainingError.self) { try model.trainOnBatch(try digits.batch(0..<5), classWeights: wrong) }
        }
    }

    @Test func `validation has the class weights where that is asked for, as Keras's has sample weights`() throws {
        let digits = try Digits("digits-test.h5")
        let table: [Int: Float] = [0: 2, 3: 0.25, 9: 4]
        let (images, labels) = (Array(digits.images[0..<40 * 64]), Array(digits.labels[0..<40]))
        func source(_ weights: [Float]? = nil) -> ArraySource {
            ArraySource(
                inputs: [ArrayColumn("x", images, rowShape: [8, 8])], targets: [ArrayColumn("y", labels)],
                sampleWeight: weights.map { ArrayColumn("w", $0) })
        }
        var losses: [Double] = []
        for weighs in [false, true] {
            let model = try model()
            var settings = FitSettings()
            settings.classWeights = table
            settings.weighsValidation = weighs
            let plan = try model.plan(source(), validation: source(), settings)
            let history = try model.fit(source(), validation: source(), settings, plan, callbacks: [])
            let weights = weighs ? labels.map { table[Int($0)] ?? 1 } : nil
            let expected = try model.evaluate(source(weights)).loss
            #expect(abs(try #require(history["val_loss"].last) - expected) < 1e-6 * expected)
            losses.append(expected)
        }
        #expect(losses[0] != losses[1])
    }

    @Test func `the last rows are validated, and a share that leaves none is refused`() throws {
        let digits = try Digits("digits-test.h5")
        func source(_ rows: Range<Int>) -> ArraySource {
            ArraySource(
                x: Array(digits.images[rows.lowerBound * 64..<rows.upperBound * 64]), shape: [8, 8],
                y: Array(digits.labels[rows]))
        }
        let model = try model()
        let history = try model.fit(source(0..<50), validationSplit: 0.2, callbacks: [])
        let expected = try model.evaluate(source(40..<50)).loss
        #expect(abs(try #require(history["val_loss"].last) - expected) < 1e-6 * expected)
        #expect(model.iterations == 2)
        for share in [-0.1, 0.99, 1] {
            #expect(throws: TrainingError.self) {
                try model.fit(source(0..<50), validationSplit: share, callbacks: [])
            }
        }
    }

    @Test func `an evaluation in front of the first step is none of its running means`() throws {
        let digits = try Digits("digits-test.h5")
        let (model, other) = (try model(), try model())
        let source = ArraySource(x: digits.images, shape: [8, 8], y: digits.labels)
        _ = try model.evaluate(source)
        for model in [model, other] { try model.trainOnBatch(try digits.batch(0..<20)) }
        #expect(model.runningLogs == other.runningLogs)
    }

    @Test func `other metrics are refused while gradients wait, and leave the way of computing`() throws {
        let digits = try Digits("digits-test.h5")
        let model = try model()
        model.recomputesActivations = true
        try model.trainOnBatch(try digits.batch(0..<20), accumulate: true)
        let error = #expect(throws: TrainingError.self) { try model.recompile(metrics: []) }
        #expect(error?.description.contains("20 rows") == true)
        try model.applyAccumulated()
        try model.recompile(metrics: [])
        #expect(model.recomputesActivations)
    }

    @Test func `names stand for optimizers, losses and metrics`() throws {
        let digits = try Digits("digits-test.h5")
        let (model, other) = (try model(), try model())
        try model.compile(
            optimizer: "adam", loss: "sparse_categorical_crossentropy", metrics: ["accuracy"],
            weightedMetrics: ["sparse_top_k_categorical_accuracy"])
        try other.compile(
            optimizer: .adam(), loss: .sparseCategoricalCrossentropy, metrics: [.accuracy],
            weightedMetrics: [SparseTopKCategoricalAccuracy()])
        #expect(try model.trainOnBatch(try digits.batch(0..<9)) == other.trainOnBatch(try digits.batch(0..<9)))
        #expect(weights(model) == weights(other))
        for (optimizer, loss, metric) in [("adamm", "mse", "mae"), ("adam", "mxe", "mae"), ("adam", "mse", "maee")] {
            let error = #expect(throws: TrainingError.self) {
                try model.compile(optimizer: optimizer, loss: loss, metrics: [metric])
            }
            #expect(error?.kind == .usage && error?.description.contains("supported are") == true)
        }
    }

    @Test func `what planning costs is counted, once for each size of batch`() throws {
        let digits = try Digits("digits-test.h5")
        let model = try model()
        #expect(model.planningCost == PlanningCost())
        for rows in [8, 8, 5, 8] { try model.trainOnBatch(try digits.batch(0..<rows)) }
        #expect(model.planningCost.plans == 2 && model.planningCost.seconds > 0)
        for _ in 0..<2 { _ = try model.testOnBatch(try digits.batch(0..<8), loss: Scaled(factor: 2)) }
        #expect(model.planningCost.plans == 4)
    }

    @Test func `gradients can be read, and an update made from them`() throws {
        let digits = try Digits("digits-test.h5")
        let (model, other) = (try model(), try model())
        let before = weights(model)
        let (logs, gradients) = try model.gradients(try digits.batch(0..<32))
        #expect(weights(model) == before && model.iterations == 0)
        let expected = try other.trainOnBatch(try digits.batch(0..<32))
        #expect(logs == expected)
        try model.update(from: gradients)
        #expect(weights(model) == weights(other) && model.iterations == 1)
        var wrong = gradients
        let name = try #require(wrong.keys.sorted().first)
        wrong[name] = [1]
        #expect(throws: TrainingError.self) { try model.update(from: wrong) }
        wrong[name] = nil
        #expect(throws: TrainingError.self) { try model.update(from: wrong) }
        #expect(throws: TrainingError.self) { try model.update(from: gradients.merging(["none": [1]]) { $1 }) }
        #expect(model.iterations == 1)
    }

    @Test func `running figures are means over rows`() throws {
        let digits = try Digits("digits-test.h5")
        let model = try model()
        model.learningRate = 0
        let whole = try model.testOnBatch(try digits.batch(0..<100))
        model.resetMetrics()
        for rows in [0..<64, 64..<90, 90..<100] { try model.trainOnBatch(try digits.batch(rows)) }
        #expect(abs(model.runningLogs.loss - whole.loss) < 1e-6)
        #expect(model.runningLogs["accuracy"] == whole["accuracy"])
    }

    @Test func `what is tested meanwhile disturbs neither figures nor gradients that wait`() throws {
        let digits = try Digits("digits-test.h5")
        let (model, other) = (try model(), try model())
        model.resetMetrics()
        for (index, rows) in [0..<20, 20..<50, 50..<64].enumerated() {
            for model in [model, other] { try model.trainOnBatch(try digits.batch(rows), accumulate: index < 2) }
            _ = try model.testOnBatch(try digits.batch(100..<120))
            _ = try model.evaluate(digits.source(), batchSize: 100)
        }
        #expect(model.runningLogs == other.runningLogs)
        #expect(weights(model) == weights(other))
        #expect(model.iterations == 1)
    }

    @Test func `a layer that is freed while gradients wait begins with nothing`() throws {
        let digits = try Digits("digits-test.h5")
        let model = try model()
        let last = try #require(model.layers.last)
        func round(_ model: Model, _ last: Layer) throws {
            last.isTrainable = false
            try model.trainOnBatch(try digits.batch(0..<10), accumulate: true)
            last.isTrainable = true
            try model.trainOnBatch(try digits.batch(10..<20))
        }
        try round(model, last)
        // A model that never gathered anything takes the same second round.
        let fresh = try self.model()
        try fresh.setWeights(weights(model))
        try round(model, last)
        try round(fresh, try #require(fresh.layers.last))
        #expect(weights(model) == weights(fresh))
    }

    @Test func `a model that nobody holds is gone, its plans and memory with it`() throws {
        let digits = try Digits("digits-test.h5")
        weak var gone: Model?
        weak var ledger: MemoryLedger?
        do {
            let model = try model()
            (gone, ledger) = (model, model.ledger)
            try model.fit(digits.source(), batchSize: 100, callbacks: [])
            try model.trainOnBatch(try digits.batch(0..<10), accumulate: true)
            _ = try model.predict(digits.source(), batchSize: 100)
        }
        #expect(gone == nil && ledger == nil)
    }

    @Test func `outputs are compiled by position or by name`() throws {
        let x = Input(4, name: "x")
        let model = try Model(inputs: [x], outputs: [Dense(2, name: "a")(x), Dense(3, name: "b")(x)])
        let loss = OutputCompilation(loss: .meanSquaredError)
        #expect(throws: TrainingError.self) { try model.compile(optimizer: .adam(), outputs: [loss]) }
        let error = #expect(throws: TrainingError.self) { try model.compile(optimizer: .adam(), outputs: ["c": loss]) }
        #expect(error!.description.contains("\"c\"") && error!.description.contains("a, b"))
        #expect(throws: TrainingError.self) {
            try model.compile(optimizer: .adam(), outputs: [OutputCompilation(), OutputCompilation()])
        }
        try model.compile(optimizer: .adam(), outputs: ["b": loss])
        // Only the output that has a loss needs a target.
        let batch = try Batch(
            inputs: [ArrayColumn("x", det([6, 4], 0, 1), rowShape: [4])],
            targets: [ArrayColumn("y", det([6, 3], 0, 1), rowShape: [3])])
        let logs = try model.trainOnBatch(batch)
        #expect(logs.all.map(\.name) == ["loss"])
        let none = try Batch(inputs: [ArrayColumn("x", det([6, 4], 0, 1), rowShape: [4])])
        #expect(throws: TrainingError.self) { try model.trainOnBatch(none) }
        #expect(try model.predictAllOnBatch(none).map(\.count) == [12, 18])
    }
}
