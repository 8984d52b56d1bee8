import JSONText
import NeuralNetwork

extension MeanSquaredError: PlainLossCoding { static var function: String { "mean_squared_error" } }
extension MeanAbsoluteError: PlainLossCoding { static var function: String { "mean_absolute_error" } }
extension MeanAbsolutePercentageError: PlainLossCoding {
    static var function: String { "mean_absolute_percentage_error" }
}
extension MeanSquaredLogarithmicError: PlainLossCoding {
    static var function: String { "mean_squared_logarithmic_error" }
}
extension LogCosh: PlainLossCoding { static var function: String { "log_cosh" } }
extension Poisson: PlainLossCoding { static var function: String { "poisson" } }
extension KLDivergence: PlainLossCoding { static var function: String { "kl_divergence" } }
extension Hinge: PlainLossCoding { static var function: String { "hinge" } }
extension SquaredHinge: PlainLossCoding { static var function: String { "squared_hinge" } }
extension CategoricalHinge: PlainLossCoding { static var function: String { "categorical_hinge" } }

extension CTC: PlainLossCoding {
    static var function: String { "ctc" }
    init(reduction: LossReduction) { self.init(labelCount: nil, reduction: reduction) }
}

extension Huber: LossCoding {
    static var function: String { "huber" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        self.init(delta: try object.positive("delta") ?? 1, reduction: try object.reduction())
    }

    // Keras leaves it out of its own files, and reads it.
    var encoded: [JSONValue.Member] { [.init(key: "delta", value: .shortest(delta))] }
}

extension CosineSimilarity: LossCoding {
    static var function: String { "cosine_similarity" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        self.init(axis: try object.integer("axis") ?? -1, reduction: try object.reduction())
    }

    // Keras leaves it out of its own files, and reads it.
    var encoded: [JSONValue.Member] { [.init(key: "axis", value: .integer(axis))] }
}

extension BinaryCrossentropy: LossCoding {
    static var function: String { "binary_crossentropy" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        self.init(
            fromLogits: try object.bool("from_logits") ?? false,
            labelSmoothing: try object.number("label_smoothing", in: 0...1) ?? 0,
            axis: try object.integer("axis") ?? -1,
            reduction: try object.reduction())
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "from_logits", value: .bool(fromLogits)),
            .init(key: "label_smoothing", value: .shortest(labelSmoothing)), .init(key: "axis", value: .integer(axis)),
        ]
    }
}

extension BinaryFocalCrossentropy: LossCoding {
    static var function: String { "binary_focal_crossentropy" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        self.init(
            appliesClassBalancing: try object.bool("apply_class_balancing") ?? false,
            alpha: try object.number("alpha") ?? 0.25, gamma: try object.number("gamma") ?? 2,
            fromLogits: try object.bool("from_logits") ?? false,
            labelSmoothing: try object.number("label_smoothing", in: 0...1) ?? 0,
            axis: try object.integer("axis") ?? -1,
            reduction: try object.reduction())
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "from_logits", value: .bool(fromLogits)),
            .init(key: "label_smoothing", value: .shortest(labelSmoothing)), .init(key: "axis", value: .integer(axis)),
            .init(key: "apply_class_balancing", value: .bool(appliesClassBalancing)),
            .init(key: "alpha", value: .shortest(alpha)), .init(key: "gamma", value: .shortest(gamma)),
        ]
    }
}

extension CategoricalCrossentropy: LossCoding {
    static var function: String { "categorical_crossentropy" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        self.init(
            fromLogits: try object.bool("from_logits") ?? false,
            labelSmoothing: try object.number("label_smoothing", in: 0...1) ?? 0,
            axis: try object.integer("axis") ?? -1,
            reduction: try object.reduction())
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "from_logits", value: .bool(fromLogits)),
            .init(key: "label_smoothing", value: .shortest(labelSmoothing)), .init(key: "axis", value: .integer(axis)),
        ]
    }
}

extension CategoricalFocalCrossentropy: LossCoding {
    static var function: String { "categorical_focal_crossentropy" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        self.init(
            alpha: try object.number("alpha") ?? 0.25, gamma: try object.number("gamma") ?? 2,
            fromLogits: try object.bool("from_logits") ?? false,
            labelSmoothing: try object.number("label_smoothing", in: 0...1) ?? 0,
            axis: try object.integer("axis") ?? -1,
            reduction: try object.reduction())
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "from_logits", value: .bool(fromLogits)),
            .init(key: "label_smoothing", value: .shortest(labelSmoothing)), .init(key: "axis", value: .integer(axis)),
            .init(key: "alpha", value: .shortest(alpha)), .init(key: "gamma", value: .shortest(gamma)),
        ]
    }
}

extension SparseCategoricalCrossentropy: LossCoding {
    static var function: String { "sparse_categorical_crossentropy" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        self.init(
            fromLogits: try object.bool("from_logits") ?? false, ignoredClass: try object.integer("ignore_class"),
            axis: try object.integer("axis") ?? -1, reduction: try object.reduction())
    }

    // Keras leaves the axis out of its own files, and reads it.
    var encoded: [JSONValue.Member] {
        [
            .init(key: "from_logits", value: .bool(fromLogits)),
            .init(key: "ignore_class", value: .optional(ignoredClass)), .init(key: "axis", value: .integer(axis)),
        ]
    }
}

extension CategoricalGeneralizedCrossEntropy: LossCoding {
    static var function: String { "categorical_generalized_cross_entropy" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        let q = try object.positive("q", upTo: 1) ?? 0.5
        guard q < 1 else { throw object.error("q is 1, expected a number between 0 and 1") }
        self.init(q: q, reduction: try object.reduction())
    }

    var encoded: [JSONValue.Member] { [.init(key: "q", value: .shortest(q))] }
}

extension Dice: LossCoding {
    static var function: String { "dice" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        self.init(axes: try object.integers("axis"), reduction: try object.reduction())
    }

    var encoded: [JSONValue.Member] { [.init(key: "axis", value: axes.map(JSONValue.integers) ?? .null)] }
}

extension Tversky: LossCoding {
    static var function: String { "tversky" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        self.init(
            alpha: try object.number("alpha") ?? 0.5, beta: try object.number("beta") ?? 0.5,
            axes: try object.integers("axis"), reduction: try object.reduction())
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "alpha", value: .shortest(alpha)), .init(key: "beta", value: .shortest(beta)),
            .init(key: "axis", value: axes.map(JSONValue.integers) ?? .null),
        ]
    }
}

extension Circle: LossCoding {
    static var function: String { "circle" }

    init(_ object: CompiledObject) throws(ConfigurationError) {
        self.init(
            gamma: try object.number("gamma") ?? 80, margin: try object.number("margin") ?? 0.4,
            removesDiagonal: try object.bool("remove_diagonal") ?? true, reduction: try object.reduction())
    }

    var encoded: [JSONValue.Member] {
        [
            .init(key: "gamma", value: .shortest(gamma)), .init(key: "margin", value: .shortest(margin)),
            .init(key: "remove_diagonal", value: .bool(removesDiagonal)),
        ]
    }
}
