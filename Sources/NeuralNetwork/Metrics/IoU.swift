import Engine
import Memory

/// The intersection over the union, `tp / (tp + fp + fn)`, of each class of a list, and the mean of these; a class that neither
/// targets nor predictions have does not count.
///
/// The counts are a matrix of true by predicted classes. Sample weights are factors of the counts as they are (Keras cuts them
/// to whole numbers). Class numbers outside of 0 to `numClasses` − 1 do not count.
public struct IoU: Metric, Hashable {
    public let numClasses: Int
    public let targetClassIDs: [Int]
    /// True pixels of this class do not count.
    public let ignoredClass: Int?
    /// Whether targets are class numbers, not one-hot.
    public let sparseTarget: Bool
    /// Whether predictions are class numbers, not scores, of which the largest is the class.
    public let sparsePrediction: Bool
    /// The axis of classes where there is one; negative ones count from the last.
    public let axis: Int
    public let name: String

    public init(
        numClasses: Int, targetClassIDs: [Int], ignoredClass: Int? = nil, sparseTarget: Bool = true,
        sparsePrediction: Bool = true, axis: Int = -1, name: String = "io_u"
    ) {
        // A pair of classes is one number, exact in a float.
        precondition(
            (1...4096).contains(numClasses), "IoU: numClasses is \(numClasses), expected a number from 1 to 4096")
        precondition(
            !targetClassIDs.isEmpty && targetClassIDs.allSatisfy((0..<numClasses).contains),
            "IoU: targetClassIDs are \(targetClassIDs), expected numbers from 0 to \(numClasses - 1)")
        self.numClasses = numClasses
        self.targetClassIDs = targetClassIDs
        self.ignoredClass = ignoredClass
        self.sparseTarget = sparseTarget
        self.sparsePrediction = sparsePrediction
        self.axis = axis
        self.name = name
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        sparseTarget && !sparsePrediction
            ? try .classNumbers(prediction, axis: axis, owner: "metric \(name)") : .values(prediction)
    }

    public func contributions(prediction: Tensor, target: Tensor, weights: Tensor?) throws(ModelError) -> [Tensor] {
        var predicted = prediction
        if !sparsePrediction {
            _ = try prediction.shape.withoutFirst.sampleAxis(axis, owner: "metric \(name)")
            predicted = prediction.movingToLast(axis).indexOfLargest()
        }
        var truth = target
        if !sparseTarget {
            // Class numbers may come where one-hot rows are expected.
            if target.shape.elementCount != predicted.shape.elementCount || sparsePrediction {
                _ = try target.shape.withoutFirst.sampleAxis(axis, owner: "metric \(name)")
                truth = target.movingToLast(axis).indexOfLargest()
            }
        }
        guard truth.shape.elementCount == predicted.shape.elementCount else {
            throw ModelError(
                "metric \(name): \(predicted.shape.withoutFirst) predicted classes of a sample, \(truth.shape.withoutFirst) "
                    + "true ones; sparseTarget and sparsePrediction say which of them are class numbers")
        }
        return confusion(
            predicted.casted(to: .int32), truth.casted(to: .int32).reshaped(predicted.shape),
            weights?.factors(of: predicted))
    }

    /// Counts by true class, then by predicted class: high and low parts.
    private func confusion(_ predicted: Tensor, _ truth: Tensor, _ weights: Tensor?) -> [Tensor] {
        let (least, end) = (truth.number(-0.5), truth.number(Float(numClasses)))
        var isValid = truth.greater(least) * truth.less(end) * predicted.greater(least) * predicted.less(end)
        if let ignoredClass { isValid = isValid * truth.equal(truth.number(Float(ignoredClass))).complement }
        let place = truth.scaled(by: Float(numClasses)) + predicted
        // What does not count has a place behind the matrix.
        let count = numClasses * numClasses
        let numbers = Tensor.select(isValid, place, truth.number(Float(count))).casted(to: .int32)
        let ones = weights ?? truth.graph.constant(1, shape: predicted.shape)
        return ones.bucketSums(by: numbers, count: count + 1)
    }

    public func results(_ sums: MetricSums) -> [Double] {
        let matrix = sums.wide(0)
        let figures = targetClassIDs.compactMap { id -> Double? in
            let both = matrix[id * numClasses + id]
            let (inTarget, inPrediction) = (0..<numClasses).reduce(into: (0.0, 0.0)) { sums, other in
                sums.0 += matrix[id * numClasses + other]
                sums.1 += matrix[other * numClasses + id]
            }
            let either = inTarget + inPrediction - both
            return either > 1e-9 ? both / either : nil
        }
        return [quotient(figures.reduce(0, +), Double(figures.count))]
    }

    public var isBetterWhenLarger: Bool? { true }
}

extension Metric where Self == IoU {
    /// The mean of the intersections over the unions of some classes.
    public static func iou(
        numClasses: Int, targetClassIDs: [Int], ignoredClass: Int? = nil, sparseTarget: Bool = true,
        sparsePrediction: Bool = true, axis: Int = -1
    ) -> Self {
        .init(
            numClasses: numClasses, targetClassIDs: targetClassIDs, ignoredClass: ignoredClass,
            sparseTarget: sparseTarget, sparsePrediction: sparsePrediction, axis: axis)
    }
}
