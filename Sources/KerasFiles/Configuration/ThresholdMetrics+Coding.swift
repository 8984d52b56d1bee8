import JSONText
import NeuralNetwork

extension TruePositives: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(thresholds: try object.thresholds("thresholds") ?? [0.5], name: name ?? "true_positives")
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "thresholds", value: .optional(thresholds == [0.5] ? nil : thresholds))]
    }
}

extension TrueNegatives: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(thresholds: try object.thresholds("thresholds") ?? [0.5], name: name ?? "true_negatives")
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "thresholds", value: .optional(thresholds == [0.5] ? nil : thresholds))]
    }
}

extension FalsePositives: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(thresholds: try object.thresholds("thresholds") ?? [0.5], name: name ?? "false_positives")
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "thresholds", value: .optional(thresholds == [0.5] ? nil : thresholds))]
    }
}

extension FalseNegatives: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(thresholds: try object.thresholds("thresholds") ?? [0.5], name: name ?? "false_negatives")
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "thresholds", value: .optional(thresholds == [0.5] ? nil : thresholds))]
    }
}

extension Precision: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(
            thresholds: try object.thresholds("thresholds"), topK: try object.integer("top_k", atLeast: 1),
            classID: try object.integer("class_id", atLeast: 0), name: name ?? "precision")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "thresholds", value: .optional(thresholds)), .init(key: "top_k", value: .optional(topK)),
            .init(key: "class_id", value: .optional(classID)),
        ]
    }
}

extension Recall: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(
            thresholds: try object.thresholds("thresholds"), topK: try object.integer("top_k", atLeast: 1),
            classID: try object.integer("class_id", atLeast: 0), name: name ?? "recall")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "thresholds", value: .optional(thresholds)), .init(key: "top_k", value: .optional(topK)),
            .init(key: "class_id", value: .optional(classID)),
        ]
    }
}

extension PrecisionAtRecall: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        guard let least = try object.number("recall", in: 0...1) else {
            throw object.error("recall is absent, expected a number from 0 to 1")
        }
        self.init(
            least, numThresholds: try object.thresholdCount(atLeast: 1),
            classID: try object.integer("class_id", atLeast: 0), name: name ?? "precision_at_recall")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "class_id", value: .optional(classID)),
            .init(key: "num_thresholds", value: .integer(numThresholds)),
            .init(key: "recall", value: .shortest(recall)),
        ]
    }
}

extension RecallAtPrecision: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        guard let least = try object.number("precision", in: 0...1) else {
            throw object.error("precision is absent, expected a number from 0 to 1")
        }
        self.init(
            least, numThresholds: try object.thresholdCount(atLeast: 1),
            classID: try object.integer("class_id", atLeast: 0), name: name ?? "recall_at_precision")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "class_id", value: .optional(classID)),
            .init(key: "num_thresholds", value: .integer(numThresholds)),
            .init(key: "precision", value: .shortest(precision)),
        ]
    }
}

extension SensitivityAtSpecificity: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        guard let least = try object.number("specificity", in: 0...1) else {
            throw object.error("specificity is absent, expected a number from 0 to 1")
        }
        self.init(
            least, numThresholds: try object.thresholdCount(atLeast: 1),
            classID: try object.integer("class_id", atLeast: 0), name: name ?? "sensitivity_at_specificity")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "class_id", value: .optional(classID)),
            .init(key: "num_thresholds", value: .integer(numThresholds)),
            .init(key: "specificity", value: .shortest(specificity)),
        ]
    }
}

extension SpecificityAtSensitivity: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        guard let least = try object.number("sensitivity", in: 0...1) else {
            throw object.error("sensitivity is absent, expected a number from 0 to 1")
        }
        self.init(
            least, numThresholds: try object.thresholdCount(atLeast: 1),
            classID: try object.integer("class_id", atLeast: 0), name: name ?? "specificity_at_sensitivity")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "class_id", value: .optional(classID)),
            .init(key: "num_thresholds", value: .integer(numThresholds)),
            .init(key: "sensitivity", value: .shortest(sensitivity)),
        ]
    }
}

extension AUC: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        let isByLabel = try object.bool("multi_label") ?? false
        self.init(
            numThresholds: try object.thresholdCount(atLeast: 2),
            curve: try object.choice("curve", Curve.self) ?? .roc,
            summationMethod: try object.choice("summation_method", SummationMethod.self) ?? .interpolation,
            thresholds: try object.thresholds("thresholds"), multiLabel: isByLabel,
            labelWeights: try object.numbers("label_weights"), fromLogits: try object.bool("from_logits") ?? false,
            name: name ?? "auc")
    }

    var encoded: [JSONValue.Member] {
        // Keras writes an array of its own here, which it cannot read again.
        let weights = labelWeights.map { JSONValue.array($0.map(JSONValue.shortest)) }
        return [
            .init(key: "num_thresholds", value: .integer(numThresholds)),
            .init(key: "curve", value: .string(curve.rawValue)),
            .init(key: "summation_method", value: .string(summationMethod.rawValue)),
            .init(key: "multi_label", value: .bool(multiLabel)),
            // As many as the predictions have: Keras looks, too.
            .init(key: "num_labels", value: .null), .init(key: "label_weights", value: weights ?? .null),
            .init(key: "from_logits", value: .bool(fromLogits)),
        ] + (thresholds.map { [.init(key: "thresholds", value: .array($0.map(JSONValue.shortest)))] } ?? [])
    }
}

extension CompiledObject {
    /// `num_thresholds`, 200 by itself. Each costs memory while the model is loaded: there are no millions of them.
    fileprivate func thresholdCount(atLeast least: Int) throws(ConfigurationError) -> Int {
        let count = try integer("num_thresholds", atLeast: least) ?? 200
        guard count <= 65_536 else { throw error("num_thresholds is \(count), expected at most 65536") }
        return count
    }
}
