import Engine
import Memory

/// The area under a curve over all thresholds of a binary decision, by sums over `numThresholds` of them.
///
/// Class numbers as targets stand for their one-hot rows. The counts are exact over an epoch; the area is that of the curve
/// through the thresholds, so that more thresholds are nearer to the area over all predictions.
public struct AUC: Metric, Hashable {
    /// What is drawn against what.
    public enum Curve: String, Sendable, Hashable, CaseIterable {
        /// True positives of all positives against false positives of all negatives.
        case roc = "ROC"
        /// Precision against recall.
        case pr = "PR"
        /// Precision gain against recall gain (Flach and Kull, 2015).
        case prGain = "PRGAIN"
    }

    /// The height of the curve between two thresholds.
    public enum SummationMethod: String, Sendable, Hashable, CaseIterable {
        /// The mean of both; for `pr` the interpolation of true positives (Davis and Goadrich, 2006).
        case interpolation
        /// The smaller one.
        case minoring
        /// The larger one.
        case majoring
    }

    /// As many as there are, with one below 0 and one above 1.
    public let numThresholds: Int
    public let curve: Curve
    public let summationMethod: SummationMethod
    /// Those between the first and the last; nil: at equal distances.
    public let thresholds: [Float]?
    /// Whether each label along the last axis has a curve of its own, and the figure is the mean of their areas.
    public let multiLabel: Bool
    /// Factors of labels: of their areas with `multiLabel`, of their predictions without.
    public let labelWeights: [Float]?
    /// Whether predictions are logits, of which the sigmoid is taken.
    public let fromLogits: Bool
    public let name: String
    private let counts: ThresholdCounts

    /// - Parameters:
    ///   - numThresholds: from 2 on; without meaning where `thresholds` are given.
    ///   - thresholds: from 0 to 1.
    public init(
        numThresholds: Int = 200, curve: Curve = .roc, summationMethod: SummationMethod = .interpolation,
        thresholds: [Float]? = nil, multiLabel: Bool = false, labelWeights: [Float]? = nil, fromLogits: Bool = false,
        name: String = "auc"
    ) {
        precondition(
            thresholds != nil || numThresholds > 1,
            "AUC: numThresholds is \(numThresholds), expected a number from 2 on")
        precondition(
            thresholds?.allSatisfy { $0 >= 0 && $0 <= 1 } ?? true,
            "AUC: thresholds are \(thresholds ?? []), expected numbers from 0 to 1")
        let given = thresholds?.sorted()
        let count = given.map { $0.count + 2 } ?? numThresholds
        let between = given ?? (0..<count - 2).map { Float(Double($0 + 1) / Double(count - 1)) }
        self.numThresholds = count
        self.curve = curve
        self.summationMethod = summationMethod
        self.thresholds = given
        self.multiLabel = multiLabel
        self.labelWeights = labelWeights
        self.fromLogits = fromLogits
        self.name = name
        var counts = ThresholdCounts(unchecked: [-1e-7] + between + [1 + 1e-7])
        counts.areEven = given.map { ThresholdCounts.areEven([0] + $0 + [1]) } ?? true
        counts.opensBelow = true
        counts.isByLabel = multiLabel
        counts.labelWeights = labelWeights
        self.counts = counts
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try counts.contributions(
            prediction: fromLogits ? prediction.sigmoid() : prediction, target: target, weights: weights, metric: name)
    }

    public func results(_ sums: MetricSums) -> [Double] {
        let areas = counts.decisions(sums).map { $0.area(under: curve, summationMethod) }
        guard multiLabel, let labelWeights else { return [areas.reduce(0, +) / Double(max(1, areas.count))] }
        let weighted = zip(areas, labelWeights).reduce(0) { $0 + $1.0 * Double($1.1) }
        return [quotient(weighted, labelWeights.reduce(0) { $0 + Double($1) })]
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == AUC {
    /// The area under the ROC curve.
    public static var auc: Self { .init() }
    /// The area under a curve over all thresholds of a binary decision.
    public static func auc(
        numThresholds: Int = 200, curve: AUC.Curve = .roc, summationMethod: AUC.SummationMethod = .interpolation,
        thresholds: [Float]? = nil, multiLabel: Bool = false, labelWeights: [Float]? = nil, fromLogits: Bool = false
    ) -> Self {
        .init(
            numThresholds: numThresholds, curve: curve, summationMethod: summationMethod, thresholds: thresholds,
            multiLabel: multiLabel, labelWeights: labelWeights, fromLogits: fromLogits)
    }
}
