/// What a model is trained with: an optimizer, a loss and metrics.
public struct Compilation {
    public var optimizer: any Optimizer
    public var loss: any Loss
    public var metrics: [Metric]

    public init(optimizer: any Optimizer, loss: any Loss, metrics: [Metric] = []) {
        self.optimizer = optimizer
        self.loss = loss
        self.metrics = metrics
    }
}
