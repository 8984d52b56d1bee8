import Engine
import Memory

/// `tp / (tp + fp)`: the share of what is called positive that is positive, all predictions of an output counted together; 0 where there are none to divide by.
///
/// Class numbers as targets stand for their one-hot rows.
public struct Precision: Metric, Hashable {
    /// What is larger is called positive; nil: one half, or none with `topK`.
    public let thresholds: [Float]?
    /// Only so many of the largest scores of each row can be positive.
    public let topK: Int?
    /// Only this class counts.
    public let classID: Int?
    public let name: String
    private let counts: ThresholdCounts

    /// - Parameter thresholds: from 0 to 1; several give as many numbered figures.
    public init(thresholds: [Float]? = nil, topK: Int? = nil, classID: Int? = nil, name: String = "precision") {
        self.thresholds = thresholds
        self.topK = topK
        self.classID = classID
        self.name = name
        counts = ThresholdCounts(thresholds, topK: topK, classID: classID, owner: "Precision")
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try counts.contributions(prediction: prediction, target: target, weights: weights, metric: name)
    }

    public func results(_ sums: MetricSums) -> [Double] { counts.decisions(sums)[0].precisions }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == Precision {
    /// `tp / (tp + fp)`: the share of what is called positive that is positive.
    public static var precision: Self { .init() }
    /// `tp / (tp + fp)`: the share of what is called positive that is positive.
    public static func precision(thresholds: [Float]? = nil, topK: Int? = nil, classID: Int? = nil) -> Self {
        .init(thresholds: thresholds, topK: topK, classID: classID)
    }
}
