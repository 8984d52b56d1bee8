import Engine
import Memory

/// The best sensitivity among thresholds at which the specificity is at least a given one; 0 where none is.
public struct SensitivityAtSpecificity: Metric, Hashable {
    /// The least specificity, from 0 to 1.
    public let specificity: Float
    /// How many thresholds are tried, at equal distances from 0 to 1.
    public let numThresholds: Int
    /// Only this class counts.
    public let classID: Int?
    public let name: String
    private let counts: ThresholdCounts

    public init(
        _ specificity: Float, numThresholds: Int = 200, classID: Int? = nil, name: String = "sensitivity_at_specificity"
    ) {
        precondition(
            (0...1).contains(specificity),
            "SensitivityAtSpecificity: specificity is \(specificity), expected a number from 0 to 1")
        self.specificity = specificity
        self.numThresholds = numThresholds
        self.classID = classID
        self.name = name
        var counts = ThresholdCounts(evenly: numThresholds, owner: "SensitivityAtSpecificity")
        counts.classID = classID
        self.counts = counts
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try counts.contributions(prediction: prediction, target: target, weights: weights, metric: name)
    }

    public func results(_ sums: MetricSums) -> [Double] {
        let decisions = counts.decisions(sums)[0]
        return [largest(decisions.recalls, where: decisions.specificities, isAtLeast: specificity)]
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == SensitivityAtSpecificity {
    /// The best sensitivity among thresholds at which the specificity is at least a given one.
    public static func sensitivityAtSpecificity(_ specificity: Float, numThresholds: Int = 200, classID: Int? = nil)
        -> Self
    {
        .init(specificity, numThresholds: numThresholds, classID: classID)
    }
}
