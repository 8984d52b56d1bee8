import Engine
import Memory

/// The best recall among thresholds at which the precision is at least a given one; 0 where none is.
public struct RecallAtPrecision: Metric, Hashable {
    /// The least precision, from 0 to 1.
    public let precision: Float
    /// How many thresholds are tried, at equal distances from 0 to 1.
    public let numThresholds: Int
    /// Only this class counts.
    public let classID: Int?
    public let name: String
    private let counts: ThresholdCounts

    public init(_ precision: Float, numThresholds: Int = 200, classID: Int? = nil, name: String = "recall_at_precision")
    {
        precondition(
            (0...1).contains(precision), "RecallAtPrecision: precision is \(precision), expected a number from 0 to 1")
        self.precision = precision
        self.numThresholds = numThresholds
        self.classID = classID
        self.name = name
        var counts = ThresholdCounts(evenly: numThresholds, owner: "RecallAtPrecision")
        counts.classID = classID
        self.counts = counts
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try counts.contributions(prediction: prediction, target: target, weights: weights, metric: name)
    }

    public func results(_ sums: MetricSums) -> [Double] {
        let decisions = counts.decisions(sums)[0]
        return [largest(decisions.recalls, where: decisions.precisions, isAtLeast: precision)]
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == RecallAtPrecision {
    /// The best recall among thresholds at which the precision is at least a given one.
    public static func recallAtPrecision(_ precision: Float, numThresholds: Int = 200, classID: Int? = nil) -> Self {
        .init(precision, numThresholds: numThresholds, classID: classID)
    }
}
