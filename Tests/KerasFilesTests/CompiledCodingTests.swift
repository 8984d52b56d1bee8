import JSONText
import KerasFiles
import NeuralNetwork
import TestSupport
import Testing

/// Losses and metrics as files hold them, against what Keras writes: `fixtures/goldens/compiled.zip`.
@Suite struct CompiledCodingTests {
    static let losses = CompiledGoldens.cases("losses")
    static let metrics = CompiledGoldens.cases("metrics")
    static let configurations = CompiledGoldens.cases("configurations")

    /// What Keras's arguments have and ours have not, or have otherwise. Ours may have arguments that Keras only reads.
    private func differences(_ found: JSONValue, _ keras: JSONValue) -> [String] {
        // An array of Keras's own, which it writes and cannot read again.
        let keras = keras["label_weights"]?["config"]?["value"].map { keras.setting("label_weights", $0) } ?? keras
        let mayBeMore: Set = ["delta", "axis", "num_labels"]
        let extra = (found.members ?? []).filter { keras[$0.key] == nil && !mayBeMore.contains($0.key) }.map(\.key)
        return extra
            + (keras.members ?? []).filter { !(found[$0.key]?.isSame(as: $0.value) ?? false) }.map {
                "\($0.key): \(found[$0.key]?.text() ?? "absent"), not \($0.value.text())"
            }
    }

    @Test(arguments: losses.map(\.key))
    func `a loss is written with Keras's arguments`(_ name: String) throws {
        let keras = Self.losses.first { $0.key == name }!.value["config"]!
        let loss = try decodeLoss(keras)
        let found = try #require(encodeLoss(loss))
        #expect(encodeLoss(try decodeLoss(found)) == found)
        guard found.stringValue == nil else {
            // All arguments are the defaults.
            let plain = try decodeLoss(.object(["class_name": keras["class_name"]!, "config": .object([:])]))
            #expect(encodeLoss(plain) == found)
            return
        }
        #expect(found["class_name"] == keras["class_name"])
        #expect(differences(found["config"]!, keras["config"]!) == [])
    }

    @Test(arguments: metrics.map(\.key))
    func `a metric is written with Keras's arguments`(_ name: String) throws {
        let keras = Self.metrics.first { $0.key == name }!.value["config"]!
        let found = try #require(encodeMetric(try decodeMetric(keras)))
        #expect(encodeMetric(try decodeMetric(found)) == found)
        #expect(found["class_name"] == keras["class_name"])
        // The number of labels is looked for in the predictions; weights are an array of their own.
        #expect(
            differences(found["config"]!, keras["config"]!.setting("num_labels", .null)).filter {
                keras["config"]!["num_labels"] != nil || !$0.hasPrefix("num_labels")
            } == [])
    }

    @Test func `every name that Keras knows is known, with Keras's names in logs`() throws {
        let names = CompiledGoldens.cases("names")
        for name in names.first(where: { $0.key == "losses" })!.value.arrayValue! {
            #expect(namedLoss(name.stringValue!) != nil, "\(name)")
        }
        for name in names.first(where: { $0.key == "metrics" })!.value.arrayValue! {
            #expect(namedMetric(name.stringValue!)?.name == name.stringValue!, "\(name)")
        }
        for name in lossNames { #expect(namedLoss(name) != nil) }
        for name in metricNames { #expect(namedMetric(name) != nil) }
        #expect((namedMetric("cosine_similarity") as? CosineSimilarityMetric)?.isBetterWhenLarger == true)
        #expect((namedMetric("Accuracy") as? Accuracy)?.name == "Accuracy")
    }

    private func compilation(_ name: String) throws -> Compilation {
        let golden = Self.configurations.first { $0.key == name }!.value
        let outputs = golden["outputs"]!.arrayValue!.map { $0.stringValue! }
        let config = golden["compile_config"]!.setting("optimizer", .string("sgd"))
        return try decodeCompilation(config, outputNames: outputs)
    }

    @Test func `names, functions and wrappers of Keras become losses and metrics`() throws {
        let names = try compilation("names").outputs[0]
        #expect(names.loss is MeanSquaredError)
        #expect(names.metrics.map(\.name) == ["mae", "AUC", "accuracy"])
        #expect(names.weightedMetrics.map(\.name) == ["mse", "acc"])
        let function = try compilation("function").outputs[0]
        #expect(function.loss is Huber)
        #expect(function.metrics.map(\.name) == ["huber", "mean_absolute_error"])
        let wrapper = try compilation("wrapper").outputs[0]
        #expect(wrapper.loss as? Tversky == Tversky(alpha: 0.3, axes: [1]))
        #expect((wrapper.metrics[0] as? LossMetric)?.loss as? Huber == Huber(delta: 3))
        #expect((wrapper.metrics[1] as? LossMetric)?.loss is LogCosh)
        #expect(wrapper.metrics.map(\.name) == ["hub", "log_cosh"])
        let labels = try compilation("label_weights").outputs[0]
        let auc = try #require(labels.metrics[0] as? AUC)
        #expect(auc.labelWeights == [1, 2, 3] && auc.thresholds == [0.2, 0.7] && auc.multiLabel)
        #expect(encodeMetric(auc)?["config"]?["label_weights"]?.floats == [1, 2, 3])
    }

    @Test func `losses and metrics of several outputs find their outputs`() throws {
        let byName = try compilation("by_name").outputs
        #expect(byName[0].loss is MeanSquaredError && byName[1].loss is CTC)
        #expect(byName.map(\.lossWeight) == [1, 0.5])
        #expect(byName[0].metrics.isEmpty)
        #expect((byName[1].metrics[0] as? AUC)?.curve == .pr)
        let lists = try compilation("lists").outputs
        #expect(lists[0].loss is MeanSquaredError && lists[1].loss == nil)
        #expect(lists.map { $0.metrics.map(\.name) } == [["mae"], []])
        #expect(lists.map { $0.weightedMetrics.map(\.name) } == [["mse"], ["acc"]])
    }

    @Test(arguments: [
        ("Huber", "{\"delta\": -1}", "a number above 0"),
        ("Huber", "{\"reduction\": \"none\"}", "sum_over_batch_size, mean, mean_with_sample_weight, sum"),
        ("BinaryCrossentropy", "{\"label_smoothing\": 2}", "from 0.0 to 1.0"),
        ("CategoricalCrossentropy", "{\"axis\": 1.5}", "a whole number"),
        ("CategoricalGeneralizedCrossEntropy", "{\"q\": 1}", "between 0 and 1"),
        ("MeanSquaredError", "{\"delta\": 1}", "delta is 1, which is not supported"),
        ("Nonsense", "{}", "supported are"),
    ])
    func `a loss that cannot be is refused with what was expected`(
        _ kind: String, _ config: String, _ expected: String
    ) throws {
        let value = JSONValue.object([
            "class_name": .string(kind), "config": try JSONValue(parsing: Array(config.utf8)),
        ])
        let error = #expect(throws: KerasFileError.self) { try decodeLoss(value) }
        #expect(try #require(error).reason.contains(expected), "\(error?.reason ?? "")")
    }

    @Test(arguments: [
        ("AUC", "{\"num_thresholds\": 1}", "from 2 on"),
        ("AUC", "{\"num_thresholds\": 2147483647}", "at most 65536"),
        ("PrecisionAtRecall", "{\"recall\": 1, \"num_thresholds\": 70000}", "at most 65536"),
        ("AUC", "{\"curve\": \"XY\"}", "one of ROC, PR, PRGAIN"),
        ("AUC", "{\"thresholds\": [0.5, 2]}", "numbers from 0 to 1"), ("Precision", "{\"top_k\": 0}", "from 1 on"),
        ("PrecisionAtRecall", "{}", "recall is absent"), ("FBetaScore", "{\"beta\": 0}", "above 0"),
        ("F1Score", "{\"average\": \"all\"}", "micro, macro, weighted"),
        ("IoU", "{\"num_classes\": 3, \"target_class_ids\": [3]}", "from 0 to 2"),
        ("MeanIoU", "{\"num_classes\": 0}", "from 1 on"), ("MeanIoU", "{\"num_classes\": 100000}", "at most 4096"),
        ("R2Score", "{\"num_regressors\": -1}", "from 0 on"), ("Recall", "{\"other\": 1}", "not supported"),
        ("Nonsense", "{}", "supported are"),
    ])
    func `a metric that cannot be is refused with what was expected`(
        _ kind: String, _ config: String, _ expected: String
    ) throws {
        let value = JSONValue.object([
            "class_name": .string(kind), "config": try JSONValue(parsing: Array(config.utf8)),
        ])
        let error = #expect(throws: KerasFileError.self) { try decodeMetric(value) }
        #expect(try #require(error).reason.contains(expected), "\(error?.reason ?? "")")
    }

    @Test func `an accuracy keeps a name of its own, as the one that shapes have chosen`() throws {
        let scratch = try Scratch()
        let cases: [(units: Int, loss: any Loss, kind: any Metric.Type)] = [
            (1, .binaryCrossentropy, BinaryAccuracy.self), (3, .categoricalCrossentropy, CategoricalAccuracy.self),
            (3, .sparseCategoricalCrossentropy, SparseCategoricalAccuracy.self),
            (3, .crossentropy, SparseCategoricalAccuracy.self),
        ]
        for (units, loss, kind) in cases {
            let model = try Sequential(input: [4]) { Dense(units) }
            try model.compile(
                optimizer: .sgd(), loss: loss, metrics: [Accuracy(name: "right"), Accuracy()],
                weightedMetrics: [Accuracy(name: "acc")])
            try model.save(scratch.path("named.keras"))
            let output = try #require(try Model.load(scratch.path("named.keras")).compilation?.outputs.first)
            #expect(output.metrics.map(\.name) == ["right", "accuracy"])
            #expect(type(of: output.metrics[0]) == kind && output.metrics[1] is Accuracy)
            #expect(output.weightedMetrics.map(\.name) == ["acc"])
        }
    }

    @Test(arguments: ["crossentropy", "ce", "CE", "Crossentropy"])
    func `a cross-entropy that shapes choose is read and written by its name, and is no metric`(_ name: String) throws {
        let loss = try #require(try decodeLoss(.string(name)) as? Crossentropy)
        #expect(encodeLoss(loss) == .string("crossentropy"))
        #expect(encodeLoss(loss.chosen(prediction: [3], target: [3])) == .string("crossentropy"))
        let error = #expect(throws: KerasFileError.self) { try decodeMetric(.string(name)) }
        #expect(error?.reason.contains("supported are") == true)
        #expect(!allMetricNames.contains("crossentropy") && lossNames.contains("crossentropy"))
    }

    @Test func `what Keras does not have is not written`() {
        #expect(encodeLoss(CustomLoss("mine") { prediction, _ in prediction }) == nil)
        #expect(encodeMetric(Mean("mine") { prediction, _ in prediction }) == nil)
        #expect(encodeMetric(LossMetric(CustomLoss("mine") { prediction, _ in prediction })) == nil)
    }
}
