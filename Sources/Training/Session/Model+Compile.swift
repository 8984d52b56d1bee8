import Engine
import NeuralNetwork

extension Model {
    /// Chooses what the model is trained with. The optimizer begins anew.
    ///
    /// - Throws: `TrainingError` when the loss or a metric does not fit the model's output.
    public func compile(
        optimizer: any Optimizer, loss: any Loss, metrics: [Metric] = []
    ) throws(TrainingError) {
        do {
            for output in outputs { _ = try loss.targets(for: output.shape) }
        } catch {
            throw TrainingError(.usage, error.description, underlying: error)
        }
        compilation = Compilation(optimizer: optimizer, loss: loss, metrics: metrics)
        compilationProblem = nil
        iterations = 0
        store.makeSlots(0)
        session = nil
    }

    /// The optimizer's step size; may be set between any two updates. Nil before `compile`.
    public var learningRate: Float? {
        get { compilation?.optimizer.learningRate }
        set { if let newValue { compilation?.optimizer.learningRate = newValue } }
    }

    /// Trains or freezes the layers whose names fulfil a condition; takes effect at the next step.
    public func setTrainable(_ isTrainable: Bool, where condition: (String) -> Bool) {
        for (index, parameter) in parameters.enumerated() where condition(parameter.layer.name) {
            parameter.layer.isTrainable = isTrainable
            store.setTrainable(isTrainable, at: index)
        }
        session = nil
    }
}
