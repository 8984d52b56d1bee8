import Engine
import Memory

/// `mean(−y log p − (1 − y) log(1 − p))` along an axis; with smoothing `s` the target `y` is moved to `y (1 − s) + s / 2`.
///
/// Predictions are probabilities, clipped to [1e-7, 1 − 1e-7] as in Keras, or logits. Behind a sigmoid the loss is computed
/// from its logits, without clipping, so that it is exact and has a gradient also where the probability is 0 or 1.
public struct BinaryCrossentropy: Loss, Hashable {
    public let fromLogits: Bool
    /// `s`, from 0 (as given) to 1 (one half everywhere).
    public let labelSmoothing: Float
    /// What the mean is taken over, as Keras counts axes: the batch is 0, negative ones count from the last.
    public let axis: Int
    public let reduction: LossReduction
    public var name: String { "binary_crossentropy" }

    public init(
        fromLogits: Bool = false, labelSmoothing: Float = 0, axis: Int = -1,
        reduction: LossReduction = .sumOverBatchSize
    ) {
        self.fromLogits = fromLogits
        self.labelSmoothing = labelSmoothing
        self.axis = axis
        self.reduction = reduction
    }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        if prediction.rank > 0 || axis != -1 { _ = try prediction.sampleAxis(axis, owner: "loss \(name)") }
        return TargetSpecification(shape: prediction, type: .float32, meaning: "0 or 1 for each prediction")
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let target = target.smoothed(labelSmoothing, classes: 2)
        let losses = BinaryScores(prediction, fromLogits: fromLogits).crossEntropy(target)
        return losses.shape.rank > 1 ? losses.mean(axes: [axis]) : losses
    }
}

/// Probabilities of class 1, by their logits where these are known.
struct BinaryScores {
    private let logits: Tensor?
    /// Not clipped.
    let probability: Tensor

    init(_ prediction: Tensor, fromLogits: Bool) {
        logits = fromLogits ? prediction : prediction.sigmoidLogits
        probability = logits?.sigmoid() ?? prediction
    }

    /// The cross-entropy of each element.
    func crossEntropy(_ target: Tensor) -> Tensor {
        let other = target.scaled(by: -1, offset: 1)
        // −log σ(x) is softplus(−x): one of the two terms is small and has all its digits.
        if let logits { return target * logits.scaled(by: -1).softplus() + other * logits.softplus() }
        let clipped = probability.bounded(from: leastProbability, to: largestProbability)
        return -(target * clipped.log() + other * clipped.scaled(by: -1, offset: 1).log())
    }
}

extension Tensor {
    /// `y (1 − s) + s / classes`.
    func smoothed(_ smoothing: Float, classes: Int) -> Tensor {
        smoothing == 0 ? self : scaled(by: 1 - smoothing, offset: smoothing / Float(classes))
    }

    /// `selfᵉˣᵖᵒⁿᵉⁿᵗ` for numbers from 0 on, with a finite gradient at 0.
    func raised(to exponent: Float) -> Tensor {
        switch exponent {
        case 0: graph.constant(1, shape: shape)
        case 1: self
        case 2: square()
        default: maximum(number(.leastNormalMagnitude)).power(number(exponent))
        }
    }
}

extension Loss where Self == BinaryCrossentropy {
    /// `−y log p − (1 − y) log(1 − p)`.
    public static var binaryCrossentropy: Self { .init() }
    /// `−y log p − (1 − y) log(1 − p)`.
    public static func binaryCrossentropy(
        fromLogits: Bool = false, labelSmoothing: Float = 0, axis: Int = -1,
        reduction: LossReduction = .sumOverBatchSize
    ) -> Self { .init(fromLogits: fromLogits, labelSmoothing: labelSmoothing, axis: axis, reduction: reduction) }
}
