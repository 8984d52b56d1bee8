import Engine
import Memory

/// How scores of several classes become one figure.
public enum ClassAverage: String, Sendable, Hashable, CaseIterable {
    /// The score of all decisions together.
    case micro
    /// The mean of the classes' scores.
    case macro
    /// The mean of the classes' scores, weighted by how often the targets have them.
    case weighted
}

/// `(1 + β²) precision · recall / (β² precision + recall)` of each class along the last axis; 0 where it has no decision right.
///
/// Called positive is what is larger than the threshold, or without one the largest score of each row (all of equal ones, but
/// no zeros). Class numbers as targets stand for their one-hot rows.
public struct FBetaScore: Metric, Hashable {
    /// Nil: a figure for each class.
    public let average: ClassAverage?
    /// How many times as much recall counts as precision.
    public let beta: Float
    public let threshold: Float?
    public let name: String

    public init(
        average: ClassAverage? = nil, beta: Float = 1, threshold: Float? = nil, name: String = "fbeta_score"
    ) {
        precondition(beta > 0, "FBetaScore: beta is \(beta), expected a number above 0")
        precondition(
            threshold.map { $0 > 0 && $0 <= 1 } ?? true,
            "FBetaScore: threshold is \(threshold ?? 0), expected a number above 0 and at most 1")
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self.name = name
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        guard prediction.shape.rank > 1 else {
            throw ModelError("metric \(name): expects rows of scores, predictions have shape \(Shape([]))")
        }
        let target = try target.aligned(with: prediction, metric: name)
        let isPositive =
            threshold.map { prediction.greater(prediction.number($0)) }
            ?? prediction.greaterOrEqual(prediction.max(axes: [-1], keepDimensions: true))
            * prediction.abs().greater(prediction.number(1e-9))
        let weights = weights?.factors(of: prediction)
        let positions = Array(0..<prediction.shape.rank - 1)
        return [
            (isPositive * target).weighted(by: weights).sum(axes: positions),
            (isPositive * target.complement).weighted(by: weights).sum(axes: positions),
            (isPositive.complement * target).weighted(by: weights).sum(axes: positions),
            target.weighted(by: weights).sum(axes: positions),
        ]
    }

    public func results(_ sums: MetricSums) -> [Double] {
        if average == .micro {
            return [score(sums[0].reduce(0, +), sums[1].reduce(0, +), sums[2].reduce(0, +))]
        }
        let scores = sums[0].indices.map { score(sums[0][$0], sums[1][$0], sums[2][$0]) }
        guard let average else { return scores }
        guard average == .weighted else { return [scores.reduce(0, +) / Double(max(1, scores.count))] }
        let all = sums[3].reduce(0, +)
        return [zip(scores, sums[3]).reduce(0) { $0 + $1.0 * quotient($1.1, all) }]
    }

    private func score(_ tp: Double, _ fp: Double, _ fn: Double) -> Double {
        let square = Double(beta) * Double(beta)
        let (precision, recall) = (quotient(tp, tp + fp), quotient(tp, tp + fn))
        return quotient((1 + square) * precision * recall, square * precision + recall)
    }

    public var isBetterWhenLarger: Bool? { true }
}

/// The harmonic mean of precision and recall, `2 precision · recall / (precision + recall)`: `FBetaScore` with β = 1.
public struct F1Score: Metric, Hashable {
    private let score: FBetaScore

    /// Nil: a figure for each class.
    public var average: ClassAverage? { score.average }
    public var threshold: Float? { score.threshold }
    public var name: String { score.name }

    public init(average: ClassAverage? = nil, threshold: Float? = nil, name: String = "f1_score") {
        score = FBetaScore(average: average, threshold: threshold, name: name)
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        try score.contributions(prediction: prediction, target: target, weights: weights)
    }

    public func results(_ sums: MetricSums) -> [Double] { score.results(sums) }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == FBetaScore {
    /// The weighted harmonic mean of precision and recall.
    public static func fBetaScore(average: ClassAverage? = nil, beta: Float = 1, threshold: Float? = nil) -> Self {
        .init(average: average, beta: beta, threshold: threshold)
    }
}
extension Metric where Self == F1Score {
    /// The harmonic mean of precision and recall, a figure for each class.
    public static var f1Score: Self { .init() }
    /// The harmonic mean of precision and recall.
    public static func f1Score(average: ClassAverage? = nil, threshold: Float? = nil) -> Self {
        .init(average: average, threshold: threshold)
    }
}
