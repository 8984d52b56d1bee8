import DataSource
import Engine
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Batch normalization with the statistics of a batch that is computed in parts.
@Suite struct WholeBatchTests {
    /// Four normalizations one behind the other and one beside, activations and dropout between.
    private static func convnet() throws -> Model {
        let input = Input(8, 8, 1)
        var x = try Conv2D(6, kernel: 3, padding: .same, useBias: false)(input)
        x = try Activation(.relu)(try BatchNormalization(momentum: 0.6)(x))
        let side = try BatchNormalization(momentum: 0.7)(try Conv2D(6, kernel: 1)(x))
        x = try Conv2D(6, kernel: 3, padding: .same, useBias: false)(x)
        x = try Activation(.relu)(try BatchNormalization(momentum: 0.8, center: false)(x))
        x = try Dropout(0.2)(try Add()(x, side))
        x = try Dense(12)(try Flatten()(x))
        x = try Activation(.tanh)(try BatchNormalization(momentum: 0.5, scale: false)(x))
        x = try Dense(10, activation: .softmax)(x)
        return try Model(inputs: [input], outputs: [x], seed: 4)
    }

    private static func compiled(_ model: Model) throws -> Model {
        try model.compile(
            optimizer: .sgd(learningRate: 0.1, momentum: 0.9), loss: .sparseCategoricalCrossentropy,
            metrics: [.accuracy])
        return model
    }

    private func weights(_ model: Model) -> [Float] { model.weights.flatMap(\.values) }

    private func digits(_ rows: Range<Int>, weighted: Bool = false) throws -> Batch {
        let digits = try Digits("digits-test.h5")
        return try Batch(
            inputs: [
                ArrayColumn(
                    "x", Array(digits.images[rows.lowerBound * 64..<rows.upperBound * 64]), rowShape: [8, 8, 1])
            ], targets: [ArrayColumn("y", Array(digits.labels[rows]))],
            sampleWeight: weighted ? ArrayColumn("w", rows.map { 0.5 + Float($0 % 3) * 0.5 }) : nil)
    }

    @Test(arguments: [1, 7, 16, 21, 63], [false, true])
    func `any split is one large batch`(_ microBatch: Int, _ isWeighted: Bool) throws {
        let (whole, parts) = (try Self.compiled(Self.convnet()), try Self.compiled(Self.convnet()))
        let micro = try Self.compiled(Self.convnet())
        for step in 0..<3 {
            let rows = step * 64..<step * 64 + 64
            let expected = try whole.trainOnBatch(try digits(rows, weighted: isWeighted))
            let found = try parts.trainOnBatch(
                try digits(rows, weighted: isWeighted), microBatch: microBatch,
                batchNormalizationStatistics: .wholeBatch)
            #expect(abs(found.loss - expected.loss) < 1e-5 && found["accuracy"] == expected["accuracy"])
            try micro.trainOnBatch(try digits(rows, weighted: isWeighted), microBatch: microBatch)
        }
        #expect(distance(weights(parts), weights(whole)) < 2e-5)
        #expect(parts.iterations == 3)
        #expect(microBatch > 21 || distance(weights(micro), weights(whole)) > 1e-2)
    }

    /// A loss that cannot be told from others: its plans are made anew for every use.
    private struct Halved: Loss {
        let name = "halved"
        func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
            try SparseCategoricalCrossentropy().targets(for: prediction)
        }
        func values(prediction: Tensor, target: Tensor) -> Tensor {
            SparseCategoricalCrossentropy().values(prediction: prediction, target: target).scaled(by: 0.5)
        }
    }

    @Test func `plans that are not kept take the statistics of the whole, too`() throws {
        let (whole, parts) = (try Self.compiled(Self.convnet()), try Self.compiled(Self.convnet()))
        for step in 0..<2 {
            let rows = step * 32..<step * 32 + 32
            let expected = try whole.trainOnBatch(try digits(rows), loss: Halved())
            let found = try parts.trainOnBatch(
                try digits(rows), loss: Halved(), microBatch: 12, batchNormalizationStatistics: .wholeBatch)
            #expect(abs(found.loss - expected.loss) < 1e-5)
        }
        #expect(distance(weights(parts), weights(whole)) < 2e-5)
    }

    /// Every optimizer and loss behind a normalization, and whole models.
    static let goldens: [(family: String, name: String)] = ["trajectories", "trajectories_more"].flatMap { family in
        ModelGoldens(family).cases.map { (family, $0) }
    }

    /// Weights with gradients of rounding errors.
    static let noisy: [String: Set<String>] = [
        "convnet_adam": ["conv2d/bias"], "frozen_adam": ["dense_1/bias", "batch_normalization_1/moving_mean"],
    ]

    @Test(arguments: [3]) func `parts train as Keras trains the whole`(_ microBatch: Int) throws {
        var refused: [String] = []
        for (family, name) in Self.goldens {
            do {
                let differences = try ModelGoldens(family).trainingDifferences(
                    in: name, noisy: Self.noisy[name] ?? [], microBatch: microBatch)
                #expect(differences.isEmpty, "\(name): \(differences.joined(separator: "; "))")
            } catch let error as TrainingError {
                #expect(error.description.contains("one of all rows of a batch together"))
                refused.append(name)
            }
        }
        #expect(refused == ["loss_dice", "loss_tversky"])
    }

    private func masked() throws -> Model {
        let model = try Sequential(input: [5, 2], seed: 2) {
            Masking()
            BatchNormalization(momentum: 0.5)
            Dense(4, activation: .tanh)
            BatchNormalization(momentum: 0.7)
            Dense(3)
        }
        try model.compile(optimizer: .sgd(learningRate: 0.2), loss: .meanSquaredError)
        return model
    }

    @Test(arguments: [1, 3, 5, 11]) func `masked positions of all parts are left out`(_ microBatch: Int) throws {
        var x = det([12, 5, 2], 0.2, 1)
        // Rows of nothing at all, and of all kinds of lengths: a part may have no position that counts.
        for row in 0..<12 { for step in row % 6..<5 { for i in 0..<2 { x[row * 10 + step * 2 + i] = 0 } } }
        let y = det([12, 5, 3], 0.7, 2)
        let (whole, parts) = (try masked(), try masked())
        for _ in 0..<4 {
            let expected = try whole.trainOnBatch(try Batch(x: x, shape: [5, 2], y: y, targetShape: [5, 3]))
            let found = try parts.trainOnBatch(
                try Batch(x: x, shape: [5, 2], y: y, targetShape: [5, 3]), microBatch: microBatch,
                batchNormalizationStatistics: .wholeBatch)
            #expect(abs(found.loss - expected.loss) < 1e-5)
        }
        #expect(distance(weights(parts), weights(whole)) < 2e-5)
    }

    @Test func `fit in parts is fit`() throws {
        let source = try HDF5Source(Fixtures.path("digits-test.h5"))
        var results: [[Float]] = []
        for accumulate in [1, 3, 7] {
            let model = try Self.compiled(
                Sequential(input: [8, 8], seed: 9) {
                    Flatten()
                    for _ in 0..<3 {
                        Dense(20)
                        BatchNormalization(momentum: 0.9)
                        Activation(.relu)
                    }
                    Dense(10, activation: .softmax)
                })
            var settings = FitSettings()
            settings.epochs = 2
            settings.batchSize = 50
            settings.accumulate = accumulate
            settings.batchNormalizationStatistics = .wholeBatch
            let plan = try model.plan(source, settings)
            #expect(plan.statisticsPasses == (accumulate == 1 ? 0 : 6))
            #expect(
                plan.stepSummary?.contains("the statistics of whole batches, in 6 more passes")
                    == (accumulate == 1 ? nil : true))
            let history = try model.fit(source, settings, plan, callbacks: [])
            #expect(model.ledger.peak(of: .activations) <= plan.activationsBytes)
            results.append(weights(model) + history["loss"].map { Float($0) } + history["accuracy"].map { Float($0) })
        }
        #expect(distance(results[1], results[0]) < 2e-4)
        #expect(distance(results[2], results[0]) < 2e-4)
    }

    @Test func `activations may be computed again, with the same bytes`() throws {
        var results: [[Float]] = []
        for recomputes in [false, true] {
            let model = try Self.compiled(Self.convnet())
            model.recomputesActivations = recomputes
            for step in 0..<2 {
                try model.trainOnBatch(
                    try digits(step * 30..<step * 30 + 30), microBatch: 8, batchNormalizationStatistics: .wholeBatch)
            }
            results.append(weights(model))
        }
        #expect(results[0] == results[1])
    }

    @Test func `rows that come later have no statistics yet`() throws {
        let model = try Self.compiled(Self.convnet())
        let error = #expect(throws: TrainingError.self) {
            try model.trainOnBatch(
                try self.digits(0..<8), accumulate: true, batchNormalizationStatistics: .wholeBatch)
        }
        #expect(error!.description.contains("microBatch"))
        // Nothing waits.
        try model.trainOnBatch(try digits(0..<8), microBatch: 4, batchNormalizationStatistics: .wholeBatch)
        #expect(model.iterations == 1)
    }

    @Test func `of one part it is batch normalization, with its gradients`() {
        let graph = Graph()
        let x = graph.input("x", shape: [4, 5, 3])
        let (scale, offset) = (graph.input("scale", shape: [3]), graph.input("offset", shape: [3]))
        let factors = graph.input("factors", shape: [4, 5, 3])
        let ones = graph.constant(1, shape: [4, 5, 3])
        let masked = x.wholeBatchMoments(weights: ones)
        let outputs = [
            x.batchNormalized(scale: scale, offset: offset, epsilon: 0.1).output,
            x.wholeBatchNormalized(scale: scale, offset: offset, epsilon: 0.1).output,
            x.normalized(
                scale: scale, offset: offset, mean: masked.mean, variance: masked.variance, epsilon: 0.1),
        ]
        func array(_ shape: Shape, _ k: Double) -> ReferenceArray {
            ReferenceArray(shape, det(shape, k, 1.3).map { Double($0) })
        }
        let context = ReferenceContext(inputs: [
            "x": array([4, 5, 3], 0.2), "scale": array([3], 0.6), "offset": array([3], 0.1),
            "factors": array([4, 5, 3], 1.7),
        ])
        let results = outputs.map { output in
            let gradients = graph.gradients(of: (output * factors).sum(), withRespectTo: [x, scale, offset])
            return ReferenceExecutor.run([output] + gradients, context).flatMap { $0.values }
        }
        for result in results.dropFirst() {
            #expect(zip(result, results[0]).allSatisfy { abs($0 - $1) < 1e-6 } && result.count == results[0].count)
        }
    }

    @Test func `a bad label in a later part changes nothing`() throws {
        let model = try Self.compiled(Self.convnet())
        let before = weights(model)
        let batch = try Batch(
            inputs: [ArrayColumn("x", [Float](repeating: 0.5, count: 8 * 64), rowShape: [8, 8, 1])],
            targets: [ArrayColumn("y", [1, 1, 1, 1, 1, 1, 12, 1] as [Int32])])
        let error = #expect(throws: TrainingError.self) {
            try model.trainOnBatch(batch, microBatch: 2, batchNormalizationStatistics: .wholeBatch)
        }
        #expect(error!.description.contains("row 6 of the batch has label 12"))
        #expect(weights(model) == before)
    }
}
