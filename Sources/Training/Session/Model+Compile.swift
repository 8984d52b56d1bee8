import Engine
import Memory
import NeuralNetwork

extension Model {
    /// Chooses what the model is trained with. The optimizer begins anew.
    ///
    /// - Parameters:
    ///   - loss: of every output, if there are several.
    ///   - metrics: of every output: figures in which all samples count alike.
    ///   - weightedMetrics: figures in which samples count by their weights.
    /// - Throws: `TrainingError` when the optimizer's settings cannot work, or the loss or a metric does not fit the model's
    ///   outputs.
    public func compile(
        optimizer: any Optimizer, loss: any Loss, metrics: [any Metric] = [], weightedMetrics: [any Metric] = []
    ) throws(TrainingError) {
        let output = OutputCompilation(loss: loss, metrics: metrics, weightedMetrics: weightedMetrics)
        try compile(optimizer: optimizer, outputs: outputs.map { _ in output })
    }

    /// Chooses what the model is trained with by Keras's names: `compile(optimizer: "adam", loss: "mse", metrics: ["mae"])`.
    ///
    /// - Throws: `TrainingError` for a name that is unknown, with those that there are, and as `compile` with values.
    public func compile(
        optimizer: String, loss: String, metrics: [String] = [], weightedMetrics: [String] = []
    ) throws(TrainingError) {
        func known<Value>(
            _ name: String, _ kind: String, _ value: Value?, of names: [String]
        ) throws(TrainingError) -> Value {
            if let value { return value }
            throw TrainingError(
                .usage, "\"\(name)\" is no \(kind); supported are \(names.joined(separator: ", "))")
        }
        func chosen(_ names: [String]) throws(TrainingError) -> [any Metric] {
            try names.map { name throws(TrainingError) in
                try known(name, "metric", namedMetric(name), of: allMetricNames)
            }
        }
        try compile(
            optimizer: try known(optimizer, "optimizer", namedOptimizer(optimizer), of: optimizerNames),
            loss: try known(loss, "loss", namedLoss(loss), of: lossNames), metrics: try chosen(metrics),
            weightedMetrics: try chosen(weightedMetrics))
    }

    /// Chooses what each output of the model is trained with, in the order of the outputs. The optimizer begins anew.
    ///
    ///     try model.compile(
    ///         optimizer: .adam(),
    ///         outputs: [
    ///             OutputCompilation(loss: .meanSquaredError, lossWeight: 0.5),
    ///             OutputCompilation(loss: .sparseCategoricalCrossentropy, metrics: [.accuracy]),
    ///         ])
    ///
    /// - Throws: `TrainingError` when the number of outputs differs, or a loss or a metric does not fit its output.
    public func compile(
        optimizer: any Optimizer, outputs compiled: [OutputCompilation]
    ) throws(TrainingError) {
        if let problem = optimizer.problem { throw TrainingError(.usage, problem) }
        try check(compiled)
        compilation = Compilation(optimizer: optimizer, outputs: compiled)
        compilationProblem = nil
        optimizerNote = nil
        iterations = 0
        store.slots.removeAll()
        session = nil
    }

    /// Chooses what outputs of the model are trained with, by their names; outputs that are not named have no loss.
    ///
    /// - Throws: `TrainingError` when no output has such a name, or a loss or a metric does not fit its output.
    public func compile(
        optimizer: any Optimizer, outputs named: [String: OutputCompilation]
    ) throws(TrainingError) {
        let names = outputNames
        if let unknown = named.keys.sorted().first(where: { !names.contains($0) }) {
            throw TrainingError(
                .usage, "the model has no output \"\(unknown)\"; its outputs are \(names.joined(separator: ", "))")
        }
        try compile(optimizer: optimizer, outputs: names.map { named[$0] ?? OutputCompilation() })
    }

    /// Chooses another loss or other metrics, of every output, for a compiled model. The optimizer goes on where it is.
    ///
    /// - Throws: `TrainingError` when the model is not compiled, or loss or a metric does not fit the model's outputs.
    public func recompile(
        loss: (any Loss)? = nil, metrics: [any Metric]? = nil, weightedMetrics: [any Metric]? = nil
    ) throws(TrainingError) {
        let compilation = try Session.of(self).compilation()
        try recompile(
            outputs: compilation.outputs.map { output in
                var output = output
                if let loss { output.loss = loss }
                if let metrics { output.metrics = metrics }
                if let weightedMetrics { output.weightedMetrics = weightedMetrics }
                return output
            })
    }

    /// Chooses other losses and metrics for a compiled model. The optimizer goes on where it is; running means begin anew.
    ///
    /// - Throws: `TrainingError` when the model is not compiled, a loss or a metric does not fit its output, or gradients
    ///   wait for an update.
    public func recompile(outputs compiled: [OutputCompilation]) throws(TrainingError) {
        let session = Session.of(self)
        var compilation = try session.compilation()
        guard session.accumulator.isEmpty else {
            throw TrainingError(
                .usage,
                "\(session.accumulator.rows) rows of gradients wait for an update; make it (applyAccumulated) before another "
                    + "loss or other metrics are chosen")
        }
        try check(compiled)
        compilation.outputs = compiled
        self.compilation = compilation
        let recomputes = session.recomputes
        self.session = nil
        Session.of(self).recomputes = recomputes
    }

    /// The smallest batch that can be traced: one row, unless layers keep a state for more.
    var fewestRows: Int { inputs.lazy.compactMap(\.batchSize).first ?? 1 }

    /// Refuses losses and metrics that do not fit the outputs: a graph of few rows shows it.
    private func check(_ compiled: [OutputCompilation]) throws(TrainingError) {
        guard compiled.count == outputs.count else {
            throw TrainingError(
                .usage,
                "\(compiled.count) outputs are compiled, the model has \(outputs.count): "
                    + outputNames.joined(separator: ", "))
        }
        guard compiled.contains(where: { $0.loss != nil }) || hasLayerLosses else {
            throw TrainingError(.usage, "no output has a loss; there is nothing to make smaller")
        }
        for output in compiled where !output.lossWeight.isFinite {
            throw TrainingError(.usage, "a loss weight is \(output.lossWeight), expected a number")
        }
        do {
            let graph = Graph()
            let inputs = inputs.map { graph.input($0.name, shape: $0.shape.prepending(fewestRows), type: $0.type) }
            let trace = trace(graph, inputs: inputs, isTraining: false)
            var objective = Objective(trace, StepKey(mode: .test, rows: fewestRows), names: outputNames)
            for (index, output) in compiled.enumerated() { try objective.add(output, at: index) }
        } catch {
            throw TrainingError(.usage, error.description, underlying: error)
        }
    }

    /// Whether layers or regularizers add to the loss.
    private var hasLayerLosses: Bool {
        let graph = Graph()
        let inputs = inputs.map { graph.input($0.name, shape: $0.shape.prepending(fewestRows), type: $0.type) }
        return !trace(graph, inputs: inputs, isTraining: true).losses.isEmpty
    }

    /// The optimizer's step size at the next update; may be set between any two, and then takes the place of a schedule.
    /// Nil before `compile`, and setting it then traps.
    public var learningRate: Float? {
        get { compilation?.optimizer.learningRate(at: iterations) }
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
        Session.of(self).followTrainableFlags()
    }
}
