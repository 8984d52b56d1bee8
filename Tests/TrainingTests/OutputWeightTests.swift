import DataSource
import JSONText
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Sample weights of single outputs against Keras: `fixtures/goldens/output_weights.json`.
@Suite struct OutputWeightTests {
    private static let cases = Fixtures.goldens("output_weights")
    private static let rows = 12

    private func model() throws -> Model {
        let input = Input(5, 2)
        let steps = try Dense(3, name: "steps")(input)
        let flat = try Dense(2, name: "flat")(Flatten()(input))
        let model = try Model(inputs: [input], outputs: [steps, flat])
        try model.setWeights(
            model.weights.map { weight in
                weight.values.count <= 3
                    ? weight.values : det([weight.values.count], 0.4, 0.5)
            })
        let metrics: [any Metric] = [.meanAbsoluteError]
        try model.compile(
            optimizer: .sgd(learningRate: 0.1, momentum: 0.9),
            outputs: [
                OutputCompilation(loss: .meanSquaredError, metrics: metrics, weightedMetrics: metrics),
                OutputCompilation(loss: .huber, lossWeight: 0.5, metrics: metrics, weightedMetrics: metrics),
            ])
        return model
    }

    /// Weights stand between the targets, and before them.
    private func columns(_ rows: Range<Int>, weighted: Bool = true) -> (x: ArrayColumn, targets: [ArrayColumn]) {
        func cut(_ name: String, _ values: [Float], _ shape: Shape) -> ArrayColumn {
            let size = shape.elementCount
            return ArrayColumn(name, Array(values[rows.lowerBound * size..<rows.upperBound * size]), rowShape: shape)
        }
        let all = 0..<Self.rows
        let ofSteps = all.flatMap { row in (0..<5).map { Float((row + $0) % 4) / 2 } }
        let targets = [
            cut("w_flat", all.map { Float($0 % 3) }, []), cut("y_steps", det([Self.rows, 5, 3], 0.5, 0.8), [5, 3]),
            cut("w_steps", ofSteps, [5]), cut("y_flat", det([Self.rows, 2], 0.9, 0.6), [2]),
        ]
        return (
            cut("x", det([Self.rows, 5, 2], 0.3, 1), [5, 2]), weighted ? targets : [targets[1], targets[3]]
        )
    }

    private func source(weighted: Bool = true) -> ArraySource {
        let columns = columns(0..<Self.rows, weighted: weighted)
        return ArraySource(inputs: [columns.x], targets: columns.targets, rowsPerBlock: 4)
    }

    /// The columns that a case names; those of the other output are no target either.
    private func data(_ golden: JSONValue) -> (weights: [String: String], left: String?) {
        let flags = golden["weighted"]!.arrayValue!.map { $0.boolValue! }
        var weights: [String: String] = [:]
        if flags[0] { weights["steps"] = "w_steps" }
        if flags[1] { weights["flat"] = "w_flat" }
        return (weights, flags[0] ? flags[1] ? nil : "w_flat" : "w_steps")
    }

    private func expectSame(_ found: Logs, _ golden: JSONValue, _ place: String) {
        #expect(found.all.map(\.name).sorted() == golden.members!.map(\.key).sorted())
        for (name, value) in golden.members!.map({ ($0.key, $0.value.doubleValue!) }) {
            #expect(abs((found[name] ?? .nan) - value) < 2e-6 * (1 + abs(value)), "\(place) \(name)")
        }
    }

    @Test(arguments: cases.map(\.key)) func `batches have Keras's figures`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let (weights, left) = data(golden)
        let (model, parts) = (try model(), try model())
        for (step, expected) in golden["batches"]!.arrayValue!.enumerated() {
            let columns = columns(4 * step..<4 * step + 4)
            let targets = columns.targets.filter { $0.info.name != left }
            let logs = try model.trainOnBatch(
                try Batch(inputs: [columns.x], targets: targets), sampleWeights: weights)
            expectSame(logs, expected, "step \(step)")
            let divided = try parts.trainOnBatch(
                try Batch(inputs: [columns.x], targets: targets), microBatch: 3, sampleWeights: weights)
            expectSame(divided, expected, "step \(step) in parts")
        }
    }

    @Test(arguments: cases.map(\.key)) func `fit and evaluate are Keras's`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let (weights, left) = data(golden)
        let columns = columns(0..<Self.rows)
        let source = ArraySource(
            inputs: [columns.x], targets: columns.targets.filter { $0.info.name != left }, rowsPerBlock: 4)
        let model = try model()
        var settings = FitSettings()
        (settings.epochs, settings.batchSize, settings.shuffle) = (2, 5, .none)
        settings.sampleWeights = weights
        let plan = try model.plan(source, validation: source, settings)
        let history = try model.fit(source, validation: source, settings, plan, callbacks: [])
        for (figure, values) in golden["history"]!.members!.map({ ($0.key, $0.value.floats) }) {
            #expect(distance(history[figure].map { Float($0) }, values) < 2e-6, "\(figure)")
        }
        let found = Dictionary(uniqueKeysWithValues: model.weights.map { ($0.name, $0.values) })
        for weight in golden["weights_after"]!.arrayValue! {
            #expect(distance(found[weight["path"]!.stringValue!]!, weight["values"]!.floats) < 2e-6)
        }
        let evaluated = try model.evaluate(source, batchSize: 5, sampleWeights: weights)
        expectSame(evaluated, golden["evaluate"]!["weighted"]!, "evaluate")
        let plain = try model.evaluate(self.source(weighted: false), batchSize: 5)
        expectSame(plain, golden["evaluate"]!["plain"]!, "evaluate without")
    }

    @Test func `validation data may have no weights, and a run has them too`() throws {
        let weights = ["steps": "w_steps", "flat": "w_flat"]
        let fitted = try model()
        var settings = FitSettings()
        (settings.epochs, settings.batchSize, settings.seed) = (2, 5, 3)
        settings.sampleWeights = weights
        let validation = source(weighted: false)
        let plan = try fitted.plan(source(), validation: validation, settings)
        let history = try fitted.fit(source(), validation: validation, settings, plan, callbacks: [])
        #expect(history["val_loss"].last == (try fitted.evaluate(validation, batchSize: 5).loss))
        let driven = try model()
        let run = TrainingRun(driven, epochs: 2)
        try run.open(source(), batchSize: 5, seed: 3, sampleWeights: weights)
        try run.begin()
        while try run.beginEpoch() {
            while let batch = try run.nextBatch() { try run.train(batch) }
            try run.endEpoch()
        }
        #expect(driven.weights.map(\.values) == fitted.weights.map(\.values))
    }

    @Test func `wrong names and shapes are refused`() throws {
        let model = try model()
        func refusal(_ weights: [String: String], common: Bool = false) throws -> String {
            let columns = columns(0..<4)
            let batch = try Batch(
                inputs: [columns.x], targets: columns.targets,
                sampleWeight: common ? ArrayColumn("w", [1, 1, 1, 1] as [Float]) : nil)
            let error = #expect(throws: TrainingError.self) { try model.testOnBatch(batch, sampleWeights: weights) }
            return error?.description ?? ""
        }
        #expect(try refusal(["step": "w_steps"]).contains("the model's outputs are steps, flat"))
        #expect(try refusal(["steps": "w"]).contains("no column \"w\" is among the targets"))
        #expect(
            try refusal(["steps": "w_steps", "flat": "w_flat"], common: true).contains("leave out the one or the other")
        )
        #expect(try refusal(["steps": "w_flat", "flat": "w_steps"]).contains("rows of sample weight \"w_steps\""))
    }
}
