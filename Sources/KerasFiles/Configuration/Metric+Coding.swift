import JSONText
import Memory
import NeuralNetwork

/// How a metric stands in `compile_config`.
protocol MetricCoding: Metric {
    /// The class in Keras.
    static var kind: String { get }
    /// The type of Keras's sums.
    static var dtype: String { get }

    /// The metric of a configuration.
    ///
    /// - Parameter name: the one in logs; nil: Keras's for the class.
    init(_ object: CompiledObject, name: String?) throws(ConfigurationError)

    /// The arguments of the class in Keras, without name and dtype.
    var encoded: [JSONValue.Member] { get }
}

extension MetricCoding {
    static var kind: String { "\(Self.self)" }
    static var dtype: String { "float32" }
    var encoded: [JSONValue.Member] { [] }
}

/// Metrics of `compile_config`, as Keras writes them.
enum MetricConfiguration {
    /// The metrics that Keras has as classes, without those that are means of losses.
    static let known: [any MetricCoding.Type] = [
        AUC.self, BinaryAccuracy.self, BinaryIoU.self, CategoricalAccuracy.self, ConcordanceCorrelation.self,
        CosineSimilarityMetric.self, ExactAccuracy.self, F1Score.self, FBetaScore.self, FalseNegatives.self,
        FalsePositives.self, IoU.self, MeanIoU.self, OneHotIoU.self, OneHotMeanIoU.self, PearsonCorrelation.self,
        Precision.self, PrecisionAtRecall.self, R2Score.self, Recall.self, RecallAtPrecision.self,
        RootMeanSquaredError.self, SensitivityAtSpecificity.self, SparseCategoricalAccuracy.self,
        SparseTopKCategoricalAccuracy.self, SpecificityAtSensitivity.self, TopKCategoricalAccuracy.self,
        TrueNegatives.self, TruePositives.self,
    ]

    /// Metrics that are means of losses, by their classes: those of the losses but for one.
    private static let lossClass = ["LogCoshError": "LogCosh"]
    private static let meanClasses: Set = [
        "BinaryCrossentropy", "CategoricalCrossentropy", "CategoricalHinge", "Hinge", "KLDivergence", "LogCosh",
        "MeanAbsoluteError", "MeanAbsolutePercentageError", "MeanSquaredError", "MeanSquaredLogarithmicError",
        "Poisson", "SparseCategoricalCrossentropy", "SquaredHinge",
    ]

    /// A metric by name, by function, or by class and arguments.
    static func decode(_ value: JSONValue) throws(ConfigurationError) -> any Metric {
        if let name = value.stringValue {
            guard let metric = namedMetric(name) else { throw unknown("\"\(name)\"") }
            return metric
        }
        let kind = value["class_name"]?.stringValue ?? value.text()
        if kind == "function" {
            guard let name = value["config"]?.stringValue else { throw unknown("function without a name") }
            return try decode(function: name, config: .object([:]), name: name)
        }
        let config = value["config"] ?? .object([:])
        let name = config["name"]?.stringValue
        if kind == "MeanMetricWrapper" {
            guard let function = config["fn"]?["config"]?.stringValue else { throw unknown("MeanMetricWrapper") }
            return try decode(function: function, config: config, name: name ?? function)
        }
        if value["module"]?.stringValue == "keras.losses" {
            return LossMetric(try LossConfiguration.decode(value), name: name)
        }
        return try decode(kind: kind, config: config, name: name)
    }

    private static func decode(
        kind: String, config: JSONValue, name: String?
    ) throws(ConfigurationError) -> any Metric {
        let object = CompiledObject(role: "metric", kind: kind, config: config)
        if let type = known.first(where: { $0.kind == kind }) {
            let metric = try type.init(object, name: name)
            try object.refuseOthers(than: metric.encoded)
            return metric
        }
        let loss = lossClass[kind] ?? kind
        guard meanClasses.contains(loss) else { throw unknown(kind) }
        let fallback = kind == "LogCoshError" ? "logcosh" : nil
        return LossMetric(
            try LossConfiguration.decode(kind: loss, config: config, role: "metric"), name: name ?? fallback)
    }

    /// The mean of what a function gives: of a loss, or one of the metrics that Keras has as functions, too.
    private static func decode(
        function: String, config: JSONValue, name: String
    ) throws(ConfigurationError) -> any Metric {
        if LossConfiguration.known.contains(where: { $0.function == function }) {
            return LossMetric(try LossConfiguration.decode(kind: function, config: config, role: "metric"), name: name)
        }
        guard let type = known.first(where: { snakeCase($0.kind) == function }) else {
            throw unknown("function \(function)")
        }
        return try decode(kind: type.kind, config: config, name: name)
    }

    private static func unknown(_ what: String) -> ConfigurationError {
        ConfigurationError(
            "metric \(what) is not supported; supported are \(allMetricNames.joined(separator: ", "))")
    }

    /// A metric as Keras reads it; nil for one that Keras does not have.
    ///
    /// - Parameters:
    ///   - output: what the metric's output is trained with.
    ///   - prediction: the shape of one sample's prediction; with it a metric that shapes choose keeps a name of its own.
    static func encode(
        _ metric: any Metric, of output: OutputCompilation? = nil, prediction: Shape? = nil
    ) -> JSONValue? {
        func head(_ dtype: String) -> [JSONValue.Member] {
            [.init(key: "name", value: .string(metric.name)), .init(key: "dtype", value: .string(dtype))]
        }
        switch metric {
        case let accuracy as Accuracy:
            // Chosen by shapes in Keras too, by these names alone: with another one, what they have chosen is written.
            let name = accuracy.name.lowercased()
            guard let prediction, name != "accuracy", name != "acc" else { return .string(accuracy.name) }
            let target = try? output?.loss?.targets(for: prediction)
            let chosen = accuracy.chosen(prediction: prediction.prepending(2), isSparse: target?.type == .int32)
            return encode(chosen)
        case let metric as any MetricCoding:
            return .kerasObject("keras.metrics", type(of: metric).kind, head(type(of: metric).dtype) + metric.encoded)
        case let mean as LossMetric:
            guard let loss = mean.loss as? any LossCoding else { return nil }
            let kind = type(of: loss).kind
            // Keras's class has no axis for this one.
            let hasAxis = (loss as? BinaryCrossentropy).map { $0.axis != -1 } ?? false
            if meanClasses.contains(kind), !hasAxis {
                let arguments = loss is BinaryCrossentropy ? loss.encoded.filter { $0.key != "axis" } : loss.encoded
                return .kerasObject(
                    "keras.metrics", kind == "LogCosh" ? "LogCoshError" : kind, head("float32") + arguments)
            }
            let function = JSONValue.Member(key: "fn", value: .function(type(of: loss).function))
            return .kerasObject("keras.metrics", "MeanMetricWrapper", head("float32") + [function] + loss.encoded)
        default: return nil
        }
    }
}

/// The metric of a configuration such as Keras's `serialize` gives, alone.
package func decodeMetric(_ value: JSONValue) throws(KerasFileError) -> any Metric {
    do throws(ConfigurationError) {
        return try MetricConfiguration.decode(value)
    } catch {
        throw KerasFileError(.invalid, "configuration", error.reason)
    }
}

/// A metric as Keras's `deserialize` reads it; nil for one that Keras does not have.
package func encodeMetric(_ metric: any Metric) -> JSONValue? { MetricConfiguration.encode(metric) }

/// The losses and metrics of a `compile_config` for a model with outputs of the given names.
package func decodeCompilation(_ value: JSONValue, outputNames: [String]) throws(KerasFileError) -> Compilation {
    do throws(ConfigurationError) {
        return try CompileConfiguration.decode(value, outputNames: outputNames)
    } catch {
        throw KerasFileError(.invalid, "configuration", error.reason)
    }
}
