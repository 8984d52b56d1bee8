import Engine
import Memory

/// `Σ target · log(target / prediction)` over the last axis, both clipped to [1e-7, 1].
///
/// Behind a softmax the logarithm of the prediction is computed from its logits, without a least probability.
public struct KLDivergence: Loss, Hashable {
    public let reduction: LossReduction
    public var name: String { "kl_divergence" }

    public init(reduction: LossReduction = .sumOverBatchSize) { self.reduction = reduction }

    public func targets(for prediction: Shape) throws(ModelError) -> TargetSpecification {
        _ = try prediction.sampleAxis(-1, owner: "loss \(name)")
        return .values(prediction)
    }

    public func values(prediction: Tensor, target: Tensor) -> Tensor {
        let truth = target.clipped(from: leastProbability, to: 1)
        let scores = prediction.scores
        let logarithm =
            scores.areLogits
            ? scores.tensor.logSoftmax() : prediction.bounded(from: leastProbability, to: 1).log()
        return (truth * (truth.log() - logarithm)).sum(axes: [-1])
    }
}

extension Loss where Self == KLDivergence {
    /// The Kullback–Leibler divergence of distributions.
    public static var klDivergence: Self { .init() }
    /// The Kullback–Leibler divergence of distributions.
    public static func klDivergence(reduction: LossReduction) -> Self { .init(reduction: reduction) }
}
