import DataSource
import Engine
import Memory
import NeuralNetwork

extension Model {
    /// One update from one batch, of any size. Returns that batch's loss and metrics, computed before the update.
    ///
    /// The first batch of a size is planned, which takes milliseconds; further ones reuse the plan.
    ///
    /// - Parameters:
    ///   - loss: takes the place of the compiled one for this batch; a `Hashable` one is planned once. For models of one
    ///     output.
    ///   - classWeights: factors of samples by their class, 1 where absent; they multiply with sample weights.
    ///   - sampleWeights: for outputs by their names, the column of their sample weights: one more among the batch's targets.
    ///   - microBatch: the most rows that are computed at once, for less memory; the gradients are those of the batch.
    ///   - batchNormalizationStatistics: whose statistics batch normalization takes where `microBatch` divides the batch.
    ///   - accumulate: keeps the gradients and makes no update. The next call without it updates from all batches since the
    ///     last update, as one large batch: each weighs as many rows as it has.
    /// - Throws: `TrainingError` when the model is not compiled, or the batch does not fit it.
    @discardableResult
    public func trainOnBatch(
        _ batch: borrowing Batch, loss: (any Loss)? = nil, classWeights: [Int: Float]? = nil, accumulate: Bool = false,
        microBatch: Int? = nil, batchNormalizationStatistics: BatchNormalizationStatistics = .microBatch,
        sampleWeights: [String: String] = [:]
    ) throws(TrainingError) -> Logs {
        if let microBatch, microBatch <= 0 {
            throw TrainingError(.usage, "microBatch is \(microBatch), expected a positive number of rows")
        }
        return try step(
            .train, batch, classWeights, sampleWeights,
            StepOptions(
                loss: loss, microBatch: microBatch, statistics: batchNormalizationStatistics,
                effect: accumulate ? .accumulate : .update))
    }

    /// Loss and metrics of one batch; nothing changes, the running figures neither.
    public func testOnBatch(
        _ batch: borrowing Batch, loss: (any Loss)? = nil, classWeights: [Int: Float]? = nil,
        sampleWeights: [String: String] = [:]
    ) throws(TrainingError) -> Logs {
        try step(
            .test, batch, classWeights, sampleWeights, StepOptions(loss: loss, effect: .nothing, isCounted: false))
    }

    /// Whether training steps compute activations again for the gradients where that makes their arena smaller, with
    /// the same results. `fit` sets it to what its plan says; `compile` begins with false.
    public var recomputesActivations: Bool {
        get { Session.of(self).recomputes }
        set { Session.of(self).recomputes = newValue }
    }

    /// Makes the update that accumulated gradients wait for; does nothing when none do. For the tail of an epoch.
    public func applyAccumulated() throws(TrainingError) { try Session.of(self).flush() }

    /// The means of loss and metrics over all batches since `resetMetrics`, or since `fit` began its last epoch.
    public var runningLogs: Logs { Session.of(self).figures.running }

    /// Begins the running means anew.
    public func resetMetrics() { Session.of(self).figures.resetRunning() }

    /// The gradients of the loss of one batch by the paths of the trained parameters, row-major; no update is made.
    ///
    /// A training step in all else: dropout is active, and batch normalization moves its statistics.
    public func gradients(
        _ batch: borrowing Batch, loss: (any Loss)? = nil, classWeights: [Int: Float]? = nil,
        sampleWeights: [String: String] = [:]
    ) throws(TrainingError) -> (logs: Logs, gradients: [String: [Float]]) {
        let logs = try step(
            .train, batch, classWeights, sampleWeights, StepOptions(loss: loss, effect: .nothing))
        var gradients: [String: [Float]] = [:]
        for (index, entry) in store.entries.enumerated() where entry.isTrainable {
            do {
                gradients[entry.name] = try store.read(index, from: .gradients)
            } catch {
                throw TrainingError(.engine, "reading the gradient of \(entry.name): \(error)", underlying: error)
            }
        }
        return (logs, gradients)
    }

    /// One update of the optimizer from gradients of one's own: those of all trained parameters, by their paths.
    ///
    /// - Throws: `TrainingError` when the model is not compiled, or a gradient is missing or has another size.
    public func update(from gradients: [String: [Float]]) throws(TrainingError) {
        _ = try Session.of(self).compilation()
        Session.of(self).followTrainableFlags()
        let trained = store.entries.indices.filter { store.entries[$0].isTrainable }
        let names = Set(trained.map { store.entries[$0].name })
        if let unknown = gradients.keys.sorted().first(where: { !names.contains($0) }) {
            throw TrainingError(.usage, "a gradient of \"\(unknown)\": the model trains no such parameter")
        }
        _ = store.gradients
        for index in trained {
            let entry = store.entries[index]
            guard let values = gradients[entry.name], values.count == entry.shape.elementCount else {
                let found = gradients[entry.name].map { "\($0.count) values" } ?? "none"
                throw TrainingError(
                    .usage,
                    "the gradient of \"\(entry.name)\": expected \(entry.shape.elementCount) values (\(entry.shape)), "
                        + "found \(found)")
            }
            do { try store.write(values, to: index, in: .gradients) } catch {
                throw TrainingError(.engine, "the gradient of \(entry.name): \(error)", underlying: error)
            }
        }
        try Session.of(self).update()
    }

    private func step(
        _ mode: StepMode, _ batch: borrowing Batch, _ classWeights: [Int: Float]?, _ sampleWeights: [String: String],
        _ given: StepOptions
    ) throws(TrainingError) -> Logs {
        var options = given
        if !sampleWeights.isEmpty {
            options.roles = try roles(
                of: batch.targets.map(\.name), sampleWeights, hasCommonWeights: batch.sampleWeight != nil)
        }
        options.loss = chosen(options.loss, for: batch, options.roles)
        try check(batch, mode, loss: options.loss, options.roles)
        options.classWeights = try checked(classWeights)
        let session = Session.of(self)
        if mode == .train, let changed = try augmented(batch) {
            try session.run(mode, changed, options)
        } else {
            try session.run(mode, batch, options)
        }
        return session.figures.batch
    }

    /// Predictions of one batch, row-major (rows, …): those of the first output.
    public func predictOnBatch(_ batch: borrowing Batch) throws(TrainingError) -> [Float] {
        try check(batch, .predict)
        let plan = try Session.of(self).predict(batch)
        return Array(plan.plan.output("prediction_0"))
    }

    /// Predictions of one batch for all outputs, each row-major (rows, …).
    public func predictAllOnBatch(_ batch: borrowing Batch) throws(TrainingError) -> [[Float]] {
        try check(batch, .predict)
        let plan = try Session.of(self).predict(batch)
        return outputs.indices.map { Array(plan.plan.output("prediction_\($0)")) }
    }

    /// The shape of one prediction: that of the first output, without the batch axis.
    public var predictionShape: Shape { outputs[0].shape }

    /// The shapes of one sample's predictions, in the order of the outputs.
    public var predictionShapes: [Shape] { outputs.map(\.shape) }
}
