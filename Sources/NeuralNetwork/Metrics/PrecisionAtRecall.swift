import Engine
import Memory

/// The best precision among thresholds at which the recall is at least a given one; 0 where none is.
public struct PrecisionAtRecall: Metric, Hashable {
    /// The least recall, from 0 to 1.
    public let recall: Float
    /// How many thresholds are tried, at equal distances from 0 to 1.
    public let numThresholds: Int
    /// Only this class counts.
    public let classID: Int?
    public let name: String
    private let counts: ThresholdCounts

    public init(_ recall: Float, numThresholds: Int = 200, classID: Int? = nil, name: String = "precision_at_recall") {
        precondition((0...1).contains(recall), "PrecisionAtRecall: recall is \(recall), expected a number from 0 to 1")
        self.recall = recall
        self.numThresholds = numThresholds
        self.classID = classID
        self.name = name
        var counts = ThresholdCounts(evenly: numThresholds, owner: "PrecisionAtRecall")
        counts.classID = classID
        self.counts = counts
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try counts.contributions(prediction: prediction, target: target, weights: weights, metric: name)
    }

    public func results(_ sums: MetricSums) -> [Double] {
        let decisions = counts.decisions(sums)[0]
        return [largest(decisions.precisions, where: decisions.recalls, isAtLeast: recall)]
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == PrecisionAtRecall {
    /// The best precision among thresholds at which the recall is at least a given one.
    public static func precisionAtRecall(_ recall: Float, numThresholds: Int = 200, classID: Int? = nil) -> Self {
        .init(recall, numThresholds: numThresholds, classID: classID)
    }
}

/// The largest of some figures where others are at least a number; 0 where none is.
func largest(_ figures: [Double], where others: [Double], isAtLeast least: Float) -> Double {
    // Keras compares in float32.
    zip(figures, others).reduce(0) { Float($1.1) >= least ? max($0, $1.0) : $0 }
}
