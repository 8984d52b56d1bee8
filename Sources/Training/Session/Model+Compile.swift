import Engine
import NeuralNetwork

extension Model {
    /// Chooses what the model is trained with. The optimizer begins anew.
    ///
    /// - Throws: `TrainingError` when the loss or a metric does not fit the model's output.
    public func compile(
        optimizer: any Optimizer, loss: any Loss, metrics: [Metric] = []
    ) throws(TrainingError) {
        try check(loss, metrics)
        compilation = Compilation(optimizer: optimizer, loss: loss, metrics: metrics)
        compilationProblem = nil
        iterations = 0
        store.makeSlots(0)
        session = nil
    }

    /// Chooses another loss or other metrics for a compiled model. The optimizer goes on where it is.
    ///
    /// - Throws: `TrainingError` when the model is not compiled, or loss or a metric does not fit the model's output.
    public func recompile(loss: (any Loss)? = nil, metrics: [Metric]? = nil) throws(TrainingError) {
        var compilation = try Session.of(self).compilation()
        if let loss { compilation.loss = loss }
        if let metrics { compilation.metrics = metrics }
        try check(compilation.loss, compilation.metrics)
        self.compilation = compilation
        session = nil
    }

    /// Refuses a loss or metrics that do not fit the output: a graph of one row shows it.
    private func check(_ loss: any Loss, _ metrics: [Metric]) throws(TrainingError) {
        do {
            let graph = Graph()
            let inputs = inputs.map { graph.input($0.name, shape: $0.shape.prepending(1), type: $0.type) }
            for prediction in trace(graph, inputs: inputs, isTraining: false).outputs {
                let specification = try loss.targets(for: prediction.shape.withoutFirst)
                let target = graph.input(
                    StepPlan.targetName, shape: specification.shape.prepending(1), type: specification.type)
                for metric in metrics { _ = try metric.values(prediction: prediction, target: target) }
            }
        } catch {
            throw TrainingError(.usage, error.description, underlying: error)
        }
    }

    /// The optimizer's step size; may be set between any two updates. Nil before `compile`, and setting it then traps.
    public var learningRate: Float? {
        get { compilation?.optimizer.learningRate }
        set {
            guard let newValue else { return }
            precondition(compilation != nil, "Model: learningRate is set before compile; there is no optimizer yet")
            compilation?.optimizer.learningRate = newValue
        }
    }

    /// Trains or freezes the layers whose names fulfil a condition, also those within layers; takes effect at the next
    /// step, like a layer's own `isTrainable`.
    public func setTrainable(_ isTrainable: Bool, where condition: (String) -> Bool) {
        for layer in allLayers where condition(layer.name) { layer.isTrainable = isTrainable }
        _ = followTrainableFlags()
        session = nil
    }
}
