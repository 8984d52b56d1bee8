/// What a model is trained with: an optimizer, and for each output a loss and metrics.
public struct Compilation {
    public var optimizer: any Optimizer
    /// One for each output of the model, in their order.
    public var outputs: [OutputCompilation]

    public init(optimizer: any Optimizer, outputs: [OutputCompilation]) {
        self.optimizer = optimizer
        self.outputs = outputs
    }

    /// For a model of one output.
    public init(optimizer: any Optimizer, loss: any Loss, metrics: [any Metric] = []) {
        self.init(optimizer: optimizer, outputs: [OutputCompilation(loss: loss, metrics: metrics)])
    }
}

/// What one output of a model is trained with.
public struct OutputCompilation: Sendable {
    /// Nil: the output does not add to the loss.
    public var loss: (any Loss)?
    /// The factor of the loss in the sum over all outputs.
    public var lossWeight: Float
    /// Figures in which all samples count alike.
    public var metrics: [any Metric]
    /// Figures in which samples count by their weights.
    public var weightedMetrics: [any Metric]

    public init(
        loss: (any Loss)? = nil, lossWeight: Float = 1, metrics: [any Metric] = [], weightedMetrics: [any Metric] = []
    ) {
        self.loss = loss
        self.lossWeight = lossWeight
        self.metrics = metrics
        self.weightedMetrics = weightedMetrics
    }

    /// Whether the output is compared with targets at all.
    package var needsTarget: Bool { loss != nil || !metrics.isEmpty || !weightedMetrics.isEmpty }
}
