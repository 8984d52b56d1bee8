import Engine
import Memory

/// What a binary decision is right and wrong about at each threshold of a list.
struct Decisions {
    var truePositives: [Double]
    var falsePositives: [Double]
    var trueNegatives: [Double]
    var falseNegatives: [Double]

    private func each(_ figure: (Int) -> Double) -> [Double] { truePositives.indices.map(figure) }

    /// tp / (tp + fp); 0 where nothing was called positive.
    var precisions: [Double] { each { quotient(truePositives[$0], truePositives[$0] + falsePositives[$0]) } }
    /// tp / (tp + fn); 0 where nothing is positive. Also called sensitivity.
    var recalls: [Double] { each { quotient(truePositives[$0], truePositives[$0] + falseNegatives[$0]) } }
    /// tn / (tn + fp); 0 where nothing is negative.
    var specificities: [Double] { each { quotient(trueNegatives[$0], trueNegatives[$0] + falsePositives[$0]) } }
}

/// How predictions are counted at thresholds: positive is what is larger than a threshold.
///
/// A batch sorts its predictions into buckets between neighbouring thresholds, once for true and once for false targets, so
/// that the work does not grow with the number of thresholds; the counts at each are sums of buckets, made on the host.
struct ThresholdCounts: Sendable, Hashable {
    /// In the order in which figures are wanted.
    let thresholds: [Float]
    /// Whether thresholds are i / (n − 1): buckets are computed then.
    var areEven = false
    /// Whether the first threshold is below everything, so that 0 counts as above it.
    var opensBelow = false
    /// Only so many of the largest of each row can be positive.
    var topK: Int?
    /// Only this class counts.
    var classID: Int?
    /// Whether labels along the last axis have counts of their own; otherwise all predictions count together.
    var isByLabel = false
    /// Factors of the labels along the last axis.
    var labelWeights: [Float]?

    /// - Parameter thresholds: from 0 to 1, in any order.
    init(_ thresholds: [Float], owner: String) {
        precondition(
            !thresholds.isEmpty && thresholds.allSatisfy { $0 >= 0 && $0 <= 1 },
            "\(owner): thresholds are \(thresholds), expected numbers from 0 to 1")
        self.thresholds = thresholds
        areEven = Self.areEven(thresholds)
    }

    /// The threshold that metrics of decisions have when none is given: one half, or none where the best are looked for.
    init(_ thresholds: [Float]?, topK: Int?, classID: Int?, owner: String) {
        precondition(topK ?? 1 > 0, "\(owner): topK is \(topK ?? 0), expected a number from 1 on")
        precondition(classID ?? 0 >= 0, "\(owner): classID is \(classID ?? 0), expected a class from 0 on")
        if let thresholds {
            self.init(thresholds, owner: owner)
        } else {
            self.init(unchecked: [topK == nil ? 0.5 : Self.least])
        }
        self.topK = topK
        self.classID = classID
    }

    init(unchecked thresholds: [Float]) { self.thresholds = thresholds }

    /// `count` thresholds from 0 to 1 at equal distances; one half where there is one.
    init(evenly count: Int, owner: String) {
        precondition(count > 0, "\(owner): numThresholds is \(count), expected a number from 1 on")
        self.init(unchecked: count == 1 ? [0.5] : (0..<count).map { Float(Double($0) / Double(count - 1)) })
        areEven = count > 1
    }

    /// What is not among the best of a row is moved here.
    private static let least: Float = -1e10

    /// Keras's rule for buckets that can be computed.
    static func areEven(_ thresholds: [Float]) -> Bool {
        guard thresholds.count >= 3 else { return false }
        return thresholds.enumerated().allSatisfy { index, threshold in
            let even = Float(index) / Float(thresholds.count - 1)
            return abs(threshold - even) <= 1e-7 + 1e-5 * even
        }
    }

    /// One bucket more than thresholds for true targets, and as many for false ones; by label where labels are told apart.
    func contributions(
        prediction: Tensor, target: Tensor, weights: Tensor?, metric: String
    ) throws(ModelError) -> [Tensor] {
        var prediction = prediction
        var target = try target.aligned(with: prediction, metric: metric)
        try check(prediction.shape, metric)
        if let topK {
            prediction = .select(prediction.topMask(topK), prediction, prediction.number(Self.least))
        }
        if let classID {
            prediction = prediction.sliced(axis: -1, classID..<classID + 1)
            target = target.sliced(axis: -1, classID..<classID + 1)
        }
        var factors = weights?.factors(of: prediction)
        if let labelWeights, !isByLabel {
            let own = prediction.graph.constant(labelWeights, shape: [labelWeights.count])
            factors = factors.map { $0 * own } ?? own.broadcast(to: prediction.shape)
        }
        let isTrue = target.isNotZero
        let (right, wrong) = (isTrue.weighted(by: factors), isTrue.complement.weighted(by: factors))
        if thresholds.count == 1, !isByLabel {
            let isPositive = prediction.greater(prediction.number(thresholds[0]))
            return [(right * isPositive).sum(), right.sum(), (wrong * isPositive).sum(), wrong.sum()]
        }
        let labels = isByLabel ? prediction.shape.last : 1
        var places = bucket(of: prediction)
        if labels > 1 {
            let offsets = (0..<labels).map { Float($0 * (thresholds.count + 1)) }
            places = places + prediction.graph.constant(offsets, shape: [labels])
        }
        let numbers = places.casted(to: .int32)
        let count = labels * (thresholds.count + 1)
        return right.bucketSums(by: numbers, count: count) + wrong.bucketSums(by: numbers, count: count)
    }

    private func check(_ shape: Shape, _ metric: String) throws(ModelError) {
        func fail(_ what: String) -> ModelError {
            ModelError("metric \(metric): \(what), predictions have shape \(shape.withoutFirst)")
        }
        if isByLabel, shape.rank != 2 { throw fail("counts by label need one row of scores for each sample") }
        if topK != nil || classID != nil, shape.rank < 2 { throw fail("topK and classID need rows of scores") }
        if let topK, topK > shape.last { throw fail("topK is \(topK)") }
        if let classID, classID >= shape.last { throw fail("classID is \(classID)") }
        if let labelWeights, shape.rank < 2 || labelWeights.count != shape.last {
            throw fail("there are \(labelWeights.count) label weights")
        }
    }

    /// How many thresholds are below each prediction.
    private func bucket(of prediction: Tensor) -> Tensor {
        if areEven {
            let scaled = prediction.clipped(from: 0, to: 1).scaled(by: Float(thresholds.count - 1)).ceil()
            return opensBelow ? scaled.maximum(scaled.number(1)) : scaled
        }
        return thresholds.map { prediction.greater(prediction.number($0)) }.reduce(nil as Tensor?) { sum, isAbove in
            sum.map { $0 + isAbove } ?? isAbove
        }!
    }

    /// The decisions at each threshold, for every label that is told apart.
    func decisions(_ sums: MetricSums) -> [Decisions] {
        if thresholds.count == 1, !isByLabel {
            let (tp, right, fp, wrong) = (sums.scalar(0), sums.scalar(1), sums.scalar(2), sums.scalar(3))
            return [
                Decisions(
                    truePositives: [tp], falsePositives: [fp], trueNegatives: [wrong - fp],
                    falseNegatives: [right - tp])
            ]
        }
        let buckets = thresholds.count + 1
        let (allRight, allWrong) = (sums.wide(0), sums.wide(2))
        return stride(from: 0, to: allRight.count, by: buckets).map { begin in
            let (tp, right) = above(allRight, begin)
            let (fp, wrong) = above(allWrong, begin)
            return Decisions(
                truePositives: tp, falsePositives: fp, trueNegatives: fp.map { wrong - $0 },
                falseNegatives: tp.map { right - $0 })
        }
    }

    /// For each threshold what is in the buckets above it, and what is in all.
    private func above(_ sums: [Double], _ begin: Int) -> ([Double], Double) {
        var result = [Double](repeating: 0, count: thresholds.count)
        var total = 0.0
        // The i-th lowest threshold is exceeded from bucket i + 1 on.
        for (place, index) in thresholds.indices.sorted(by: { thresholds[$0] < thresholds[$1] }).enumerated().reversed()
        {
            total += sums[begin + place + 1]
            result[index] = total
        }
        return (result, total + sums[begin])
    }
}
