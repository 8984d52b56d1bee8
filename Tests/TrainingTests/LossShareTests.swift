import DataSource
import Engine
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Parts of a batch whose losses are divided in several ways.
@Suite struct LossShareTests {
    private static let rows = 12

    /// A head for every step, masked, beside one for every row.
    private static func twoHeads() throws -> Model {
        let input = Input(5, 2)
        let x = try Dense(4, activation: .tanh)(try Masking()(input))
        let steps = try Dense(3, kernelRegularizer: L2(0.02), name: "steps")(x)
        let rows = try Dense(2, name: "rows")(Flatten()(penalized()(input)))
        return try Model(inputs: [input], outputs: [steps, rows], seed: 3)
    }

    private static func penalized() -> Dense {
        let layer = Dense(3)
        layer.activityRegularizer = L2(0.1)
        return layer
    }

    enum Case: String, CaseIterable {
        case maskBesideRows, sumBesideMask, sumBesidePenalty, weightedMeans, maskBesideActivity
    }

    private func model(_ kind: Case) throws -> Model {
        switch kind {
        case .maskBesideActivity:
            let model = try Sequential(input: [5, 2], seed: 1) {
                Masking()
                Self.penalized()
            }
            try model.compile(optimizer: .sgd(learningRate: 0.1), loss: .meanSquaredError)
            return model
        case .sumBesidePenalty:
            let model = try Sequential(input: [5, 2], seed: 1) { Dense(3, kernelRegularizer: L2(0.1)) }
            try model.compile(optimizer: .sgd(learningRate: 0.01), loss: MeanSquaredError(reduction: .sum))
            return model
        default: break
        }
        let model = try Self.twoHeads()
        let first: any Loss =
            switch kind {
            case .sumBesideMask: MeanSquaredError(reduction: .sum)
            case .weightedMeans: MeanSquaredError(reduction: .meanWithSampleWeight)
            default: .meanSquaredError
            }
        let second: any Loss = kind == .weightedMeans ? MeanSquaredError(reduction: .meanWithSampleWeight) : .huber
        try model.compile(
            optimizer: .sgd(learningRate: 0.02, momentum: 0.9),
            outputs: [
                OutputCompilation(loss: first, metrics: [.meanAbsoluteError]),
                OutputCompilation(loss: second, lossWeight: 0.5, metrics: [.meanAbsoluteError]),
            ])
        return model
    }

    private func columns(_ kind: Case, _ rows: Range<Int>) -> (x: ArrayColumn, y: [ArrayColumn], w: ArrayColumn?) {
        var x = det([Self.rows, 5, 2], 0.3, 1)
        for row in 0..<Self.rows { for step in row % 5 + 1..<5 { for i in 0..<2 { x[row * 10 + step * 2 + i] = 0 } } }
        func cut(_ name: String, _ values: [Float], _ shape: Shape) -> ArrayColumn {
            let size = shape.elementCount
            return ArrayColumn(
                name, Array(values[rows.lowerBound * size..<rows.upperBound * size]), rowShape: shape)
        }
        let steps = cut("steps", det([Self.rows, 5, 3], 0.5, 2), [5, 3])
        let ends = cut("rows", det([Self.rows, 2], 0.9, 3), [2])
        let isSingle = kind == .sumBesidePenalty || kind == .maskBesideActivity
        return (
            cut("x", x, [5, 2]), isSingle ? [steps] : [steps, ends],
            kind == .weightedMeans ? cut("w", (0..<Self.rows).map { Float($0 % 4) }, []) : nil
        )
    }

    private func batch(_ kind: Case, _ rows: Range<Int>) throws -> Batch {
        let columns = columns(kind, rows)
        return try Batch(inputs: [columns.x], targets: columns.y, sampleWeight: columns.w)
    }

    private func weights(_ model: Model) -> [Float] { model.weights.flatMap(\.values) }

    @Test(arguments: Case.allCases, [[12], [6, 6], [1, 11], [5, 4, 3], [1, 1, 1, 1, 8]])
    func `accumulated batches are one large batch`(_ kind: Case, _ sizes: [Int]) throws {
        let (whole, parts) = (try model(kind), try model(kind))
        for step in 1...3 {
            try whole.trainOnBatch(try batch(kind, 0..<12))
            var row = 0
            for (index, size) in sizes.enumerated() {
                try parts.trainOnBatch(try batch(kind, row..<row + size), accumulate: index < sizes.count - 1)
                row += size
            }
            #expect(parts.iterations == step)
        }
        #expect(distance(weights(parts), weights(whole)) < 5e-6)
    }

    @Test(arguments: Case.allCases, [1, 5, 6, 11])
    func `a batch in parts has the figures and gradients of the whole`(_ kind: Case, _ microBatch: Int) throws {
        let (whole, parts) = (try model(kind), try model(kind))
        for _ in 0..<3 {
            let expected = try whole.trainOnBatch(try batch(kind, 0..<12))
            let found = try parts.trainOnBatch(try batch(kind, 0..<12), microBatch: microBatch)
            #expect(abs(found.loss - expected.loss) < 1e-5 * (1 + abs(expected.loss)))
            for (name, value) in expected.metrics {
                #expect(abs(found[name]! - value) < 1e-5 * (1 + abs(value)), "\(name)")
            }
        }
        #expect(distance(weights(parts), weights(whole)) < 5e-6)
    }

    @Test(arguments: Case.allCases) func `fit in parts is fit`(_ kind: Case) throws {
        let columns = columns(kind, 0..<12)
        let source = ArraySource(inputs: [columns.x], targets: columns.y, sampleWeight: columns.w, rowsPerBlock: 4)
        var results: [[Float]] = []
        for accumulate in [1, 3] {
            let model = try model(kind)
            var settings = FitSettings()
            settings.epochs = 3
            settings.batchSize = 9
            settings.accumulate = accumulate
            let plan = try model.plan(source, settings)
            #expect(
                plan.stepSummary?.contains("since its losses are divided differently") == (accumulate == 1 ? nil : true)
            )
            let history = try model.fit(source, settings, plan, callbacks: [])
            #expect(model.ledger.peak(of: .gradients) <= plan.gradientsBytes)
            results.append(weights(model) + history["loss"].map { Float($0) })
        }
        #expect(distance(results[1], results[0]) < 2e-5)
    }

    @Test func `losses of several kinds do not wait for one update`() throws {
        let model = try model(.sumBesidePenalty)
        try model.trainOnBatch(try batch(.sumBesidePenalty, 0..<4), accumulate: true)
        let error = #expect(throws: TrainingError.self) {
            try model.trainOnBatch(try self.batch(.sumBesidePenalty, 4..<8), loss: .meanSquaredError)
        }
        #expect(error!.description.contains("make the update before another loss"))
        try model.applyAccumulated()
        #expect(model.iterations == 1)
    }

    @Test func `a loss of all rows together has no parts`() throws {
        let model = try Sequential(input: [3]) { Dense(3, activation: .sigmoid) }
        let column = ArrayColumn("x", (0..<24).map { Float($0 % 5) / 5 }, rowShape: [3])
        for (loss, isRefused) in [(Dice(), true), (Dice(axes: [1]), false)] {
            try model.compile(optimizer: .sgd(), loss: loss)
            let batch = try Batch(inputs: [column], targets: [column])
            if isRefused {
                let error = #expect(throws: TrainingError.self) { try model.trainOnBatch(batch, microBatch: 4) }
                #expect(error!.description.contains("the loss \"dice\" is one of all rows"))
            } else {
                try model.trainOnBatch(batch, microBatch: 4)
            }
            try model.trainOnBatch(batch)
        }
    }
}
