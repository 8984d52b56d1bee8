import Engine
import Memory

/// The number (or sum of weights) of predictions that are rightly called negative, at each threshold: positive is what is larger.
public struct TrueNegatives: Metric, Hashable {
    public let thresholds: [Float]
    public let name: String
    private let counts: ThresholdCounts

    /// - Parameter thresholds: from 0 to 1; several give as many numbered figures.
    public init(thresholds: [Float] = [0.5], name: String = "true_negatives") {
        self.thresholds = thresholds
        self.name = name
        counts = ThresholdCounts(thresholds, owner: "TrueNegatives")
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try counts.contributions(prediction: prediction, target: target, weights: weights, metric: name)
    }

    public func results(_ sums: MetricSums) -> [Double] { counts.decisions(sums)[0].trueNegatives }
}

extension Metric where Self == TrueNegatives {
    /// The number (or sum of weights) of predictions that are rightly called negative.
    public static var trueNegatives: Self { .init() }
    /// The number (or sum of weights) of predictions that are rightly called negative, at each threshold.
    public static func trueNegatives(thresholds: [Float]) -> Self { .init(thresholds: thresholds) }
}
