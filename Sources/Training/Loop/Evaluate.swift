import DataSource
import Memory
import NeuralNetwork

extension Model {
    /// Loss and metrics over all rows of a source, streamed in its own order. Keras's `evaluate`.
    ///
    /// - Parameters:
    ///   - sampleWeights: for outputs by their names, the column of their sample weights: one more among the source's
    ///     targets.
    ///   - callbacks: their hooks of validation are called; `run.interrupt()` ends it behind a batch, with the figures of the
    ///     rows so far.
    /// - Throws: `TrainingError`, and whatever a callback throws.
    public func evaluate(
        _ source: any Source, batchSize: Int = 32, memory: MemoryCap = .none, sampleWeights: [String: String] = [:],
        callbacks: [any Callback] = []
    ) throws -> Logs {
        let guardian = memory.guarded()
        defer { withExtendedLifetime(guardian) {} }
        let roles = try roles(of: source, sampleWeights)
        let plan = try evaluationPlan(source, batchSize: batchSize, memory: memory, mode: .test, roles)
        let run = TrainingRun(self, epochs: 0, callbacks: callbacks)
        run.source = source
        return try evaluate(source, StepOptions(roles: roles, effect: .nothing), plan.options, run).logs
    }

    /// One pass without training, and the hooks of validation.
    ///
    /// - Parameter batches: the most there are.
    /// - Returns: the figures of the rows so far, and whether no callback interrupted.
    func evaluate(
        _ source: any Source, _ step: StepOptions, _ options: BatchOptions, batches: Int? = nil, _ run: TrainingRun
    ) throws -> (logs: Logs, isWhole: Bool) {
        for callback in run.callbacks { try callback.validationWillBegin(run) }
        let session = Session.of(self)
        let result = try session.separately { () throws in
            let stream = try openStream(source, options)
            var count = 0
            while count < batches ?? .max, let batch = try nextBatch(stream) {
                count += 1
                for callback in run.callbacks { try callback.validationBatchWillBegin(run) }
                if batch.rowCount > 0 { try self.step(.test, batch, of: source, step) }
                for callback in run.callbacks { try callback.validationBatchDidEnd(run) }
                if run.isInterrupted { return (logs: session.figures.running, isWhole: false) }
            }
            return (logs: session.figures.running, isWhole: true)
        }
        guard result.isWhole else { return result }
        for callback in run.callbacks { try callback.validationDidEnd(result.logs, run) }
        return result
    }

    /// Divides memory for one pass without training.
    func evaluationPlan(
        _ source: any Source, batchSize: Int, memory: MemoryCap, mode: StepMode, _ roles: TargetRoles? = nil,
        heldBytes: Int = 0
    ) throws(TrainingError) -> MemoryPlan {
        guard batchSize > 0 else { throw TrainingError(.usage, "batch size \(batchSize): expected a positive number") }
        var settings = FitSettings()
        settings.batchSize = batchSize
        settings.shuffle = .none
        settings.windowBytes = 0
        settings.memory = memory
        var targetTypes = source.targets.map { _ in ScalarType.float32 }
        if mode == .test { targetTypes = try checkSource(source, roles) } else { try checkInputs(source.inputs) }
        var key = StepKey(
            mode: mode, rows: min(batchSize, max(1, source.rowCount)), inputShapes: openShapes(of: source))
        if mode == .test {
            key.weightShape = source.sampleWeight?.batchRowShape
            key.outputWeights = source.outputWeights(roles)
        }
        let plan = try Session.of(self).plan(key, loss: nil)
        var options = settings.batchOptions(0..<1, inputTypes: inputs.map(\.type), targetTypes: targetTypes)
        options.augments = false
        var demand = MemoryDemand(self, plans: [plan])
        demand.copies += heldBytes
        return try MemoryPlan.make(cap: memory, demand: demand, source: source, validation: nil, options: options)
    }
}
