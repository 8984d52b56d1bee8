import DataSource
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing
import Training

/// Several outputs, sample weights, class weights and masks against Keras: `fixtures/goldens/training.json`.
@Suite struct TrainingGoldenTests {
    private static let cases = Fixtures.goldens("training")

    /// The data of a case, whole or some rows of it.
    private struct Data {
        let golden: JSONValue
        static let rows = 16

        private func floats(_ spec: JSONValue) -> (values: [Float], shape: Shape) {
            let shape = spec["shape"]!.shape
            var values = det(shape, spec["k"]!.doubleValue!, spec["s"]!.doubleValue!)
            if shape == [16, 5, 2] {
                // Steps of nothing at the end of some rows.
                for row in 0..<Self.rows {
                    for step in 5 - row % 4..<5 { for i in 0..<2 { values[row * 10 + step * 2 + i] = 0 } }
                }
            }
            return (values, shape.withoutFirst)
        }

        private func cut<T>(_ values: [T], _ rows: Range<Int>) -> [T] {
            let size = values.count / Self.rows
            return Array(values[rows.lowerBound * size..<rows.upperBound * size])
        }

        private func inputs(_ rows: Range<Int>) -> [ArrayColumn] {
            golden["x"]!.arrayValue!.enumerated().map { index, spec in
                let (values, shape) = floats(spec)
                return ArrayColumn("x\(index)", cut(values, rows), rowShape: shape)
            }
        }

        private func targets(_ rows: Range<Int>) -> [ArrayColumn] {
            golden["y"]!.arrayValue!.enumerated().map { index, spec in
                let name = "y\(index)"
                let parts = spec.arrayValue!
                guard let kind = parts[0].stringValue else {
                    let shape = Shape([Self.rows] + parts[0].arrayValue!.map { $0.integerValue! })
                    let values = det(shape, parts[1].doubleValue!, parts[2].doubleValue!)
                    return ArrayColumn(name, cut(values, rows), rowShape: shape.withoutFirst)
                }
                let classes = parts[1].integerValue!
                if kind == "one-hot" {
                    let values = (0..<Self.rows).flatMap { row in
                        (0..<classes).map { Float($0 == row * 7 % classes ? 1 : 0) }
                    }
                    return ArrayColumn(name, cut(values, rows), rowShape: [classes])
                }
                let shape = Shape(parts.dropFirst(2).map { $0.integerValue! })
                let values = (0..<Self.rows * shape.elementCount).map { Int32($0 * 7 % classes) }
                return ArrayColumn(name, cut(values, rows), rowShape: shape)
            }
        }

        private func weights(_ rows: Range<Int>) -> ArrayColumn? {
            let spec = golden["sample_weight"]!
            guard !spec.isNull else { return nil }
            return ArrayColumn("w", cut(spec["values"]!.floats, rows), rowShape: spec["shape"]!.shape.withoutFirst)
        }

        func batch(_ rows: Range<Int>, _ types: [ScalarType]) throws -> Batch {
            try Batch(
                inputs: inputs(rows), targets: targets(rows), sampleWeight: weights(rows), targetTypes: types)
        }

        func source(_ rows: Range<Int>) -> ArraySource {
            ArraySource(inputs: inputs(rows), targets: targets(rows), sampleWeight: weights(rows), rowsPerBlock: 4)
        }

        /// Keras on JAX loses the mask of predictions in training steps, and its metrics count what is masked; in
        /// evaluation, and on TensorFlow, they do not.
        func isUnmasked(_ figure: String) -> Bool {
            golden["file"]!.stringValue!.contains("masked") && figure.hasSuffix("accuracy") && !figure.hasPrefix("val_")
        }

        var classWeights: [Int: Float]? {
            golden["class_weight"]!.members.map { members in
                Dictionary(uniqueKeysWithValues: members.map { (Int($0.key)!, Float($0.value.doubleValue!)) })
            }
        }
    }

    private func expectSame(
        _ logs: Logs, _ golden: JSONValue, _ place: String, without leaves: (String) -> Bool = { _ in false },
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let expected = golden.members!
        #expect(logs.all.map(\.name).sorted() == expected.map(\.key).sorted(), sourceLocation: sourceLocation)
        for (name, value) in expected.map({ ($0.key, $0.value.doubleValue!) }) where !leaves(name) {
            let found = logs[name] ?? .nan
            #expect(
                abs(found - value) < 2e-5 * (1 + abs(value)), "\(place) \(name): \(found), expected \(value)",
                sourceLocation: sourceLocation)
        }
    }

    @Test(arguments: cases.map(\.key))
    func `batches have Keras's figures`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let model = try Model.load(Fixtures.path("goldens/" + golden["file"]!.stringValue!))
        #expect(model.compilationProblem == nil)
        let data = Data(golden: golden)
        let types: [ScalarType] = golden["y"]!.arrayValue!.map { $0[0]?.stringValue == "classes" ? .int32 : .float32 }
        for (step, expected) in golden["steps"]!.arrayValue!.enumerated() {
            let logs = try model.trainOnBatch(
                try data.batch(4 * step..<4 * step + 4, types), classWeights: data.classWeights)
            expectSame(logs, expected, "step \(step)", without: data.isUnmasked)
        }
    }

    @Test(arguments: cases.map(\.key), [1, 3])
    func `fit and evaluate have Keras's figures, whole or in parts`(_ name: String, _ accumulate: Int) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let model = try Model.load(Fixtures.path("goldens/" + golden["file"]!.stringValue!))
        let data = Data(golden: golden)
        var settings = FitSettings()
        settings.epochs = 3
        settings.batchSize = 5
        settings.shuffle = .none
        settings.accumulate = accumulate
        settings.classWeights = data.classWeights
        settings.validationFrequency = .every(2)
        let (source, validation) = (data.source(0..<16), data.source(0..<7))
        let plan = try model.plan(source, validation: validation, settings)
        let history = try model.fit(source, validation: validation, settings, plan, callbacks: [])
        let expected = golden["fit"]!.members!
        #expect(history.names.sorted() == expected.map(\.key).sorted())
        for (name, values) in expected.map({ ($0.key, $0.value.floats) }) {
            guard !data.isUnmasked(name) else { continue }
            #expect(distance(history[name].map { Float($0) }, values) < 5e-5, "\(name): \(history[name]) \(values)")
        }
        expectSame(try model.evaluate(source, batchSize: 5), golden["evaluate"]!, "evaluate")
        for (found, expected) in zip(model.weights, golden["weights_after"]!.arrayValue!) {
            #expect(distance(found.values, expected["values"]!.floats) < 5e-5, "\(found.name)")
        }
    }
}

extension JSONValue {
    fileprivate subscript(index: Int) -> JSONValue? { arrayValue.map { $0[index] } }
}
