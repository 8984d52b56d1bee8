import Engine
import Memory

/// The best specificity among thresholds at which the sensitivity is at least a given one; 0 where none is.
public struct SpecificityAtSensitivity: Metric, Hashable {
    /// The least sensitivity, from 0 to 1.
    public let sensitivity: Float
    /// How many thresholds are tried, at equal distances from 0 to 1.
    public let numThresholds: Int
    /// Only this class counts.
    public let classID: Int?
    public let name: String
    private let counts: ThresholdCounts

    public init(
        _ sensitivity: Float, numThresholds: Int = 200, classID: Int? = nil, name: String = "specificity_at_sensitivity"
    ) {
        precondition(
            (0...1).contains(sensitivity),
            "SpecificityAtSensitivity: sensitivity is \(sensitivity), expected a number from 0 to 1")
        self.sensitivity = sensitivity
        self.numThresholds = numThresholds
        self.classID = classID
        self.name = name
        var counts = ThresholdCounts(evenly: numThresholds, owner: "SpecificityAtSensitivity")
        counts.classID = classID
        self.counts = counts
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try counts.contributions(prediction: prediction, target: target, weights: weights, metric: name)
    }

    public func results(_ sums: MetricSums) -> [Double] {
        let decisions = counts.decisions(sums)[0]
        return [largest(decisions.specificities, where: decisions.recalls, isAtLeast: sensitivity)]
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == SpecificityAtSensitivity {
    /// The best specificity among thresholds at which the sensitivity is at least a given one.
    public static func specificityAtSensitivity(_ sensitivity: Float, numThresholds: Int = 200, classID: Int? = nil)
        -> Self
    {
        .init(sensitivity, numThresholds: numThresholds, classID: classID)
    }
}
