import DataSource
import Memory
import NeuralNetwork

extension Model {
    /// Predictions for all rows of a source in order, a batch at a time: memory is bounded by one batch.
    ///
    /// - Parameters:
    ///   - callbacks: their hooks of prediction are called; `run.interrupt()` ends it behind a batch.
    ///   - receive: gets the first output's numbers, row-major, and how many rows they are; valid during the call.
    public func predict(
        _ source: any Source, batchSize: Int = 32, memory: MemoryCap = .none, callbacks: [any Callback] = [],
        receive: (UnsafeBufferPointer<Float>, Int) throws -> Void
    ) throws {
        try predictAll(source, batchSize: batchSize, memory: memory, callbacks: callbacks) { outputs, rows in
            try receive(outputs[0], rows)
        }
    }

    /// Predictions of all outputs for all rows of a source in order, a batch at a time.
    ///
    /// - Parameters:
    ///   - heldBytes: what `receive` holds of the predictions, for the memory plan.
    ///   - callbacks: their hooks of prediction are called; `run.interrupt()` ends it behind a batch.
    ///   - receive: gets the numbers of each output, row-major, and how many rows they are; valid during the call.
    public func predictAll(
        _ source: any Source, batchSize: Int = 32, memory: MemoryCap = .none, heldBytes: Int = 0,
        callbacks: [any Callback] = [],
        receive: ([UnsafeBufferPointer<Float>], Int) throws -> Void
    ) throws {
        let guardian = memory.guarded()
        defer { withExtendedLifetime(guardian) {} }
        let plan = try evaluationPlan(
            source, batchSize: batchSize, memory: memory, mode: .predict, heldBytes: heldBytes)
        let stream = try openStream(source, plan.options)
        let session = Session.of(self)
        let run = TrainingRun(self, epochs: 0, callbacks: callbacks)
        run.source = source
        for callback in callbacks { try callback.predictionWillBegin(run) }
        while !run.isInterrupted, let batch = try nextBatch(stream) {
            for callback in callbacks { try callback.predictionBatchWillBegin(run) }
            let step = try session.predict(batch)
            try receive(outputs.indices.map { step.plan.output("prediction_\($0)") }, batch.rowCount)
            for callback in callbacks { try callback.predictionBatchDidEnd(run) }
        }
        for callback in callbacks { try callback.predictionDidEnd(run) }
    }

    /// Predictions of all outputs for all rows of a source in order, each row-major.
    public func predictAll(_ source: any Source, batchSize: Int = 32) throws -> [[Float]] {
        var result = try predictionShapes(for: source).map { shape in
            var numbers: [Float] = []
            numbers.reserveCapacity(source.rowCount * shape.elementCount)
            return numbers
        }
        try predictAll(source, batchSize: batchSize) { outputs, _ in
            for (index, output) in outputs.enumerated() { result[index].append(contentsOf: output) }
        }
        return result
    }

    /// Predictions for all rows of a source in order, row-major. Keras's `predict`.
    public func predict(_ source: any Source, batchSize: Int = 32) throws -> [Float] {
        var result: [Float] = []
        let shape = try predictionShapes(for: source)[0]
        result.reserveCapacity(source.rowCount * shape.elementCount)
        try predict(source, batchSize: batchSize) { numbers, _ in result.append(contentsOf: numbers) }
        return result
    }
}
