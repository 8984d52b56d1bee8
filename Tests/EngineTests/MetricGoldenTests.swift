import Engine
import JSONText
import KerasFiles
import Memory
import NeuralNetwork
import TestSupport
import Testing

/// The figure of a metric over batches, run by plans.
func figures(
    of metric: any Metric, batches: [Int], prediction: (shape: Shape, values: [Float]),
    target: (shape: Shape, values: [Float], type: ScalarType), weights: (shape: Shape, values: [Float])? = nil
) throws -> [Double] {
    var sums: [[Double]] = []
    var begin = 0
    for rows in batches {
        let graph = Graph()
        func part(_ shape: Shape, _ values: [Float]) -> (Shape, [Float]) {
            let row = shape.withoutFirst.elementCount
            return (shape.withoutFirst.prepending(rows), Array(values[begin * row..<(begin + rows) * row]))
        }
        let (x, y) = (part(prediction.shape, prediction.values), part(target.shape, target.values))
        let w = weights.map { part($0.shape, $0.values) }
        let tensors = try metric.contributions(
            prediction: graph.input("x", shape: x.0), target: graph.input("y", shape: y.0, type: target.type),
            weights: w.map { graph.input("w", shape: $0.0) })
        var inputs = ["x": x.1]
        if let w { inputs["w"] = w.1 }
        if target.type == .float32 { inputs["y"] = y.1 }
        let run = try GraphRun(
            tensors, inputs: inputs, numbers: target.type == .int32 ? ["y": y.1.map { Int32($0) }] : [:])
        if sums.isEmpty { sums = run.outputs.map { $0.map { _ in 0 } } }
        for (index, output) in run.outputs.enumerated() {
            for (place, value) in output.enumerated() { sums[index][place] += Double(value) }
        }
        begin += rows
    }
    var ranges: [Range<Int>] = []
    for sum in sums { ranges.append((ranges.last?.upperBound ?? 0)..<(ranges.last?.upperBound ?? 0) + sum.count) }
    return sums.flatMap { $0 }.withUnsafeBufferPointer { metric.results(MetricSums($0, ranges)) }
}

/// Every metric of Keras with its options, over unequal batches, against Keras: `fixtures/goldens/compiled.zip`.
@Suite struct MetricGoldenTests {
    static let cases = CompiledGoldens.cases("metrics")

    @Test(arguments: cases.map(\.key), [false, true])
    func `figures over unequal batches are Keras's`(_ name: String, weighted: Bool) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let metric = try decodeMetric(golden["config"]!)
        func array(_ key: String) -> (shape: Shape, values: [Float]) {
            (golden[key]!["shape"]!.shape, golden[key]!["values"]!.floats)
        }
        let (x, y, w) = (array("y_pred"), array("y_true"), array("sample_weight"))
        let type: ScalarType = golden["y_true"]!["type"]!.stringValue == "int32" ? .int32 : .float32
        let found = try figures(
            of: metric, batches: golden["batches"]!.arrayValue!.map { $0.integerValue! }, prediction: x,
            target: (y.shape, y.values, type), weights: weighted ? w : nil)
        let expected = golden[weighted ? "weighted" : "result"]!.floats
        #expect(distance(found.map { Float($0) }, expected) < 1e-5, "\(found), expected \(expected)")
    }

    @Test(arguments: cases.map(\.key))
    func `direction and name are Keras's`(_ name: String) throws {
        let golden = Self.cases.first { $0.key == name }!.value
        let object = golden["config"]!
        let metric = try decodeMetric(object)
        #expect(metric.isBetterWhenLarger == golden["direction"]!.stringValue.map { $0 == "up" })
        #expect(metric.name == object["config"]!["name"]!.stringValue)
        // Without a name of its own it has that of the class; Keras numbers further ones of a program.
        let others = object["config"]!.members!.filter { $0.key != "name" }
        let unnamed = try decodeMetric(object.setting("config", .object(others)))
        #expect(golden["name"]!.stringValue!.hasPrefix(unnamed.name))
    }

    @Test func `class numbers stand for their one-hot rows`() throws {
        let scores = (shape: Shape([4, 3]), values: det([4, 3], 0.3, 1).map { abs($0) })
        let numbers: [Float] = [2, 0, 1, 2]
        let oneHot: [Float] = numbers.flatMap { number in (0..<3).map { Float($0) == number ? 1 : 0 } }
        for metric in [
            F1Score(average: .macro) as any Metric, AUC(), Precision(topK: 1), TopKCategoricalAccuracy(k: 2),
        ] {
            let sparse = try figures(
                of: metric, batches: [3, 1], prediction: scores, target: ([4], numbers, .int32))
            let rows = try figures(
                of: metric, batches: [1, 3], prediction: scores, target: ([4, 3], oneHot, .float32))
            #expect(sparse == rows, "\(metric.name)")
        }
    }

    @Test func `a correlation along the batch is that of the epoch`() throws {
        let (x, y) = (det([9, 1], 0.3, 1), det([9, 1], 0.9, 2))
        for metric in [PearsonCorrelation(axis: 0) as any Metric, ConcordanceCorrelation(axis: 0)] {
            let parts = try figures(
                of: metric, batches: [4, 4, 1], prediction: ([9, 1], x), target: ([9, 1], y, .float32))
            let whole = try figures(
                of: metric, batches: [9], prediction: ([9, 1], x), target: ([9, 1], y, .float32))
            #expect(abs(parts[0] - whole[0]) < 1e-6)
            // The same along the last axis of one sample of nine values.
            let turned: any Metric =
                metric is PearsonCorrelation ? PearsonCorrelation() : ConcordanceCorrelation()
            let across = try figures(
                of: turned, batches: [1], prediction: ([1, 9], x), target: ([1, 9], y, .float32))
            #expect(abs(whole[0] - across[0]) < 1e-5)
        }
    }

    @Test func `a metric of a loss leaves out what the loss ignores`() throws {
        let metric = LossMetric(SparseCategoricalCrossentropy(fromLogits: true, ignoredClass: -1))
        let x: [Float] = [0, 0, 0, 0, 5, -5]
        let found = try figures(
            of: metric, batches: [2, 1], prediction: ([3, 2], x), target: ([3], [0, -1, -1], .int32))
        #expect(abs(found[0] - 0.693_147_2) < 1e-6)
    }

    @Test func `closures are metrics of values`() throws {
        let bias = Mean("bias") { prediction, target in prediction - target }
        let misses = Sum("misses", isBetterWhenLarger: false) { prediction, target in
            (prediction - target).abs().greater(prediction.graph.constant(0.5, shape: []))
        }
        let data = (x: [1, 2, 4] as [Float], y: [1, 1, 1] as [Float], w: [1, 2, 0.5] as [Float])
        func run(_ metric: any Metric) throws -> [Double] {
            try figures(
                of: metric, batches: [2, 1], prediction: ([3, 1], data.x), target: ([3, 1], data.y, .float32),
                weights: ([3], data.w))
        }
        // 0 · 1 + 1 · 2 + 3 · ½ of weights 3½
        let (mean, sum) = (try run(bias), try run(misses))
        #expect(abs(mean[0] - 1) < 1e-6)
        #expect(sum == [2.5])
        #expect(misses.isBetterWhenLarger == false)
        #expect(bias == bias)
        #expect(bias != Mean("bias") { prediction, target in prediction - target })
    }

    @Test func `targets that do not fit are refused with what was expected`() throws {
        func refusal(_ metric: any Metric, _ prediction: Shape, _ target: Shape, _ type: ScalarType) -> String {
            let graph = Graph()
            do {
                _ = try metric.contributions(
                    prediction: graph.input("x", shape: prediction),
                    target: graph.input("y", shape: target, type: type),
                    weights: nil)
                return "fits"
            } catch {
                return error.description
            }
        }
        #expect(refusal(AUC(), [4, 3], [4, 2], .float32).contains("metric auc: expects targets like the predictions"))
        #expect(refusal(AUC(multiLabel: true), [4, 3, 2], [4, 3, 2], .float32).contains("one row of scores"))
        #expect(refusal(AUC(labelWeights: [1, 2]), [4, 3], [4, 3], .float32).contains("2 label weights"))
        #expect(refusal(Precision(topK: 4), [4, 3], [4, 3], .float32).contains("topK is 4"))
        #expect(refusal(Recall(classID: 3), [4, 3], [4, 3], .float32).contains("classID is 3"))
        #expect(refusal(F1Score(), [4], [4], .float32).contains("rows of scores"))
        #expect(refusal(R2Score(), [4, 2], [4], .float32).contains("r2_score: expects targets"))
        #expect(refusal(MeanIoU(numClasses: 3), [4, 2], [4], .int32).contains("sparseTarget and sparsePrediction"))
        #expect(
            refusal(SparseTopKCategoricalAccuracy(), [4, 3], [4, 3], .float32).contains("a class number for each"))
        #expect(refusal(LossMetric(CategoricalCrossentropy()), [4, 3], [4], .int32).contains("one-hot rows of 3"))
    }
}
