import JSONText
import NeuralNetwork

extension CategoricalAccuracy: MetricCoding {
    init(_ object: CompiledObject, name: String?) { self.init(name: name ?? "categorical_accuracy") }
}

extension SparseCategoricalAccuracy: MetricCoding {
    init(_ object: CompiledObject, name: String?) { self.init(name: name ?? "sparse_categorical_accuracy") }
}

extension RootMeanSquaredError: MetricCoding {
    init(_ object: CompiledObject, name: String?) { self.init(name: name ?? "root_mean_squared_error") }
}

extension ExactAccuracy: MetricCoding {
    static var kind: String { "Accuracy" }
    init(_ object: CompiledObject, name: String?) { self.init(name: name ?? "accuracy") }
}

extension BinaryAccuracy: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(threshold: try object.number("threshold") ?? 0.5, name: name ?? "binary_accuracy")
    }

    var encoded: [JSONValue.Member] { [.init(key: "threshold", value: .shortest(threshold))] }
}

extension TopKCategoricalAccuracy: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(k: try object.integer("k", atLeast: 1) ?? 5, name: name ?? "top_k_categorical_accuracy")
    }

    var encoded: [JSONValue.Member] { [.init(key: "k", value: .integer(k))] }
}

extension SparseTopKCategoricalAccuracy: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(
            k: try object.integer("k", atLeast: 1) ?? 5, fromSortedIDs: try object.bool("from_sorted_ids") ?? false,
            name: name ?? "sparse_top_k_categorical_accuracy")
    }

    var encoded: [JSONValue.Member] {
        [.init(key: "k", value: .integer(k))]
            + (fromSortedIDs ? [.init(key: "from_sorted_ids", value: .bool(true))] : [])
    }
}

extension CosineSimilarityMetric: MetricCoding {
    static var kind: String { "CosineSimilarity" }

    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(axis: try object.integer("axis") ?? -1, name: name ?? "cosine_similarity")
    }

    // Keras leaves it out of its own files, and reads it.
    var encoded: [JSONValue.Member] { [.init(key: "axis", value: .integer(axis))] }
}

extension PearsonCorrelation: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(axis: try object.integer("axis") ?? -1, name: name ?? "pearson_correlation")
    }

    var encoded: [JSONValue.Member] { [.init(key: "axis", value: .integer(axis))] }
}

extension ConcordanceCorrelation: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(axis: try object.integer("axis") ?? -1, name: name ?? "concordance_correlation")
    }

    var encoded: [JSONValue.Member] { [.init(key: "axis", value: .integer(axis))] }
}

extension R2Score: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        // Null is a choice of its own here.
        let isGiven = object.config["class_aggregation"] != nil
        let aggregation = try object.choice("class_aggregation", ClassAggregation.self)
        self.init(
            classAggregation: isGiven ? aggregation : .uniformAverage,
            numRegressors: try object.integer("num_regressors", atLeast: 0) ?? 0, name: name ?? "r2_score")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "class_aggregation", value: classAggregation.map { .string($0.rawValue) } ?? .null),
            .init(key: "num_regressors", value: .integer(numRegressors)),
        ]
    }
}

extension FBetaScore: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(
            average: try object.choice("average", ClassAverage.self), beta: try object.positive("beta") ?? 1,
            threshold: try object.positive("threshold", upTo: 1), name: name ?? "fbeta_score")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "average", value: average.map { .string($0.rawValue) } ?? .null),
            .init(key: "beta", value: .shortest(beta)), .init(key: "threshold", value: .shortest(threshold)),
        ]
    }
}

extension F1Score: MetricCoding {
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(
            average: try object.choice("average", ClassAverage.self),
            threshold: try object.positive("threshold", upTo: 1), name: name ?? "f1_score")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "average", value: average.map { .string($0.rawValue) } ?? .null),
            .init(key: "threshold", value: .shortest(threshold)),
        ]
    }
}
