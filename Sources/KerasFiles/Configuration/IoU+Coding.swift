import JSONText
import NeuralNetwork

extension CompiledObject {
    /// The number of classes: a matrix of as many by as many must fit.
    fileprivate func classes() throws(ConfigurationError) -> Int {
        let count = try required("num_classes", atLeast: 1)
        guard count <= 4096 else { throw error("num_classes is \(count), expected at most 4096") }
        return count
    }

    /// The classes that count.
    fileprivate func targetClasses(of count: Int, default fallback: [Int]?) throws(ConfigurationError) -> [Int] {
        guard let ids = try integers("target_class_ids") ?? fallback, ids.allSatisfy((0..<count).contains) else {
            throw error(
                "target_class_ids is \(config["target_class_ids"]?.text() ?? "absent"), expected numbers from 0 to "
                    + "\(count - 1)")
        }
        return ids
    }
}

extension IoU: MetricCoding {
    // Keras counts in whole numbers.
    static var dtype: String { "int32" }

    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        let count = try object.classes()
        self.init(
            numClasses: count, targetClassIDs: try object.targetClasses(of: count, default: nil),
            ignoredClass: try object.integer("ignore_class"), sparseTarget: try object.bool("sparse_y_true") ?? true,
            sparsePrediction: try object.bool("sparse_y_pred") ?? true, axis: try object.integer("axis") ?? -1,
            name: name ?? "io_u")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "num_classes", value: .integer(numClasses)),
            .init(key: "target_class_ids", value: .integers(targetClassIDs)),
            .init(key: "ignore_class", value: .optional(ignoredClass)),
            .init(key: "sparse_y_true", value: .bool(sparseTarget)),
            .init(key: "sparse_y_pred", value: .bool(sparsePrediction)), .init(key: "axis", value: .integer(axis)),
        ]
    }
}

extension MeanIoU: MetricCoding {
    static var dtype: String { "int32" }

    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(
            numClasses: try object.classes(), ignoredClass: try object.integer("ignore_class"),
            sparseTarget: try object.bool("sparse_y_true") ?? true,
            sparsePrediction: try object.bool("sparse_y_pred") ?? true, axis: try object.integer("axis") ?? -1,
            name: name ?? "mean_io_u")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "num_classes", value: .integer(numClasses)),
            .init(key: "ignore_class", value: .optional(ignoredClass)),
            .init(key: "sparse_y_true", value: .bool(sparseTarget)),
            .init(key: "sparse_y_pred", value: .bool(sparsePrediction)), .init(key: "axis", value: .integer(axis)),
        ]
    }
}

extension OneHotIoU: MetricCoding {
    static var dtype: String { "int32" }

    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        let count = try object.classes()
        self.init(
            numClasses: count, targetClassIDs: try object.targetClasses(of: count, default: nil),
            ignoredClass: try object.integer("ignore_class"),
            sparsePrediction: try object.bool("sparse_y_pred") ?? false, axis: try object.integer("axis") ?? -1,
            name: name ?? "one_hot_io_u")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "num_classes", value: .integer(numClasses)),
            .init(key: "target_class_ids", value: .integers(targetClassIDs)),
            .init(key: "ignore_class", value: .optional(ignoredClass)),
            .init(key: "sparse_y_pred", value: .bool(sparsePrediction)), .init(key: "axis", value: .integer(axis)),
        ]
    }
}

extension OneHotMeanIoU: MetricCoding {
    static var dtype: String { "int32" }

    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(
            numClasses: try object.classes(), ignoredClass: try object.integer("ignore_class"),
            sparsePrediction: try object.bool("sparse_y_pred") ?? false, axis: try object.integer("axis") ?? -1,
            name: name ?? "one_hot_mean_io_u")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "num_classes", value: .integer(numClasses)),
            .init(key: "ignore_class", value: .optional(ignoredClass)),
            .init(key: "sparse_y_pred", value: .bool(sparsePrediction)), .init(key: "axis", value: .integer(axis)),
        ]
    }
}

extension BinaryIoU: MetricCoding {
    static var dtype: String { "int32" }

    init(_ object: CompiledObject, name: String?) throws(ConfigurationError) {
        self.init(
            targetClassIDs: try object.targetClasses(of: 2, default: [0, 1]),
            threshold: try object.number("threshold") ?? 0.5, name: name ?? "binary_io_u")
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "target_class_ids", value: .integers(targetClassIDs)),
            .init(key: "threshold", value: .shortest(threshold)),
        ]
    }
}
