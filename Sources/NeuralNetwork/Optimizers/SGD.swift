import CKernels

/// Gradient descent, with momentum: `m ← μ m − η g; w ← w + m`, or nesterov: `w ← w + μ m − η g`; without: `w ← w − η g`.
public struct SGD: Optimizer {
    public static let kind = "SGD"
    public var learningRate: Float
    public var momentum: Float
    public var nesterov: Bool

    public init(learningRate: Float = 0.01, momentum: Float = 0, nesterov: Bool = false) {
        precondition((0...1).contains(momentum), "SGD: momentum \(momentum), expected 0…1")
        self.learningRate = learningRate
        self.momentum = momentum
        self.nesterov = nesterov
    }

    public var slotNames: [String] { momentum != 0 ? ["momentum"] : [] }

    public func update(
        weights: UnsafeMutableBufferPointer<Float>, gradients: UnsafeBufferPointer<Float>,
        slots: UnsafeBufferPointer<UnsafeMutablePointer<Float>>, iteration: Int
    ) {
        millrace_sgd(
            weights.baseAddress, gradients.baseAddress, momentum != 0 ? slots[0] : nil, weights.count, learningRate,
            momentum, nesterov)
    }
}

extension Optimizer where Self == SGD {
    /// Gradient descent.
    public static func sgd(learningRate: Float = 0.01, momentum: Float = 0, nesterov: Bool = false) -> Self {
        .init(learningRate: learningRate, momentum: momentum, nesterov: nesterov)
    }
}
