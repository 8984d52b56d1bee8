import Engine
import Memory

/// The number (or sum of weights) of predictions that are wrongly called positive, at each threshold: positive is what is larger.
public struct FalsePositives: Metric, Hashable {
    public let thresholds: [Float]
    public let name: String
    private let counts: ThresholdCounts

    /// - Parameter thresholds: from 0 to 1; several give as many numbered figures.
    public init(thresholds: [Float] = [0.5], name: String = "false_positives") {
        self.thresholds = thresholds
        self.name = name
        counts = ThresholdCounts(thresholds, owner: "FalsePositives")
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try counts.contributions(prediction: prediction, target: target, weights: weights, metric: name)
    }

    public func results(_ sums: MetricSums) -> [Double] { counts.decisions(sums)[0].falsePositives }
}

extension Metric where Self == FalsePositives {
    /// The number (or sum of weights) of predictions that are wrongly called positive.
    public static var falsePositives: Self { .init() }
    /// The number (or sum of weights) of predictions that are wrongly called positive, at each threshold.
    public static func falsePositives(thresholds: [Float]) -> Self { .init(thresholds: thresholds) }
}
