import Augmentation
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

    /// Divides memory for one pass without training.
    private func evaluationPlan(
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

    // MARK: Streams

    /// Refuses a source that does not fit the model; says what its targets become.
    func checkSource(_ source: any Source, _ roles: TargetRoles? = nil) throws(TrainingError) -> [ScalarType] {
        try checkInputs(source.inputs)
        let inputShapes = openShapes(of: source)
        let targets = roles?.targets(of: source.targets) ?? source.targets
        let demands = try checkTargets(targets, inputShapes: inputShapes)
        try refuseMixedClasses(source, targets, demands, roles)
        if let weight = source.sampleWeight { try checkSampleWeight(weight, inputShapes: inputShapes) }
        try checkWeights(source.targets, roles, inputShapes: inputShapes)
        var types = source.targets.map { _ in ScalarType.float32 }
        for (place, demand) in zip(roles?.targets ?? Array(targets.indices), demands) {
            types[place] = demand?.specification.type ?? .float32
        }
        return types
    }

    /// The columns of a source that weigh the samples of single outputs; nil when none are asked for.
    func roles(of source: any Source, _ sampleWeights: [String: String]) throws(TrainingError) -> TargetRoles? {
        try roles(of: source.targets.map(\.name), sampleWeights, hasCommonWeights: source.sampleWeight != nil)
    }

    /// The same for validation data, which may have no weights.
    func validationRoles(
        of source: any Source, _ sampleWeights: [String: String]
    ) throws(TrainingError) -> TargetRoles? {
        let names = source.targets.map(\.name)
        let isWeighted = sampleWeights.values.contains { column in names.contains { Self.isSame($0, column) } }
        return isWeighted ? try roles(of: source, sampleWeights) : nil
    }

    /// Class numbers have nothing between them, also those that a file holds as floats.
    private func refuseMixedClasses(
        _ source: any Source, _ targets: [ColumnInfo], _ demands: [TargetDemand?], _ roles: TargetRoles?
    ) throws(TrainingError) {
        let stages = source.inputs.compactMap(\.augmentation).flatMap(\.stages)
        guard let mixing = stages.first(where: { $0.operation.mixesSamples && $0.mixesTargets }) else { return }
        if let weight = roles?.weights.first {
            throw TrainingError(
                .usage,
                "\(mixing.operation.name) mixes all targets, and \"\(source.targets[weight.column].name)\" holds sample "
                    + "weights of one output; weigh samples of all outputs (--sample-weight COLUMN), or leave out "
                    + "\(mixing.operation.name)")
        }
        guard
            let index = demands.firstIndex(where: { $0?.specification.type == .int32 })
        else { return }
        throw TrainingError(
            .usage,
            "\(mixing.operation.name) mixes targets, and \(demands[index]!.comparison) takes class numbers of "
                + "\"\(targets[index].name)\"; make rows over classes of them (--one-hot) and train with "
                + "categorical_crossentropy")
    }

    func openStream(_ source: any Source, _ options: BatchOptions) throws(TrainingError) -> BatchStream {
        do { return try BatchStream(source, options: options, ledger: ledger) } catch { throw TrainingError(error) }
    }

    /// One step on a batch of a source; a bad label is named with its row there.
    func step(
        _ mode: StepMode, _ batch: borrowing Batch, of source: any Source, _ options: StepOptions = StepOptions()
    ) throws(TrainingError) {
        let session = Session.of(self)
        do {
            try session.run(mode, batch, options)
        } catch {
            guard let invalid = session.invalidLabel else { throw error }
            throw labelError(invalid, row: batch.rows[invalid.row], of: source)
        }
    }

    /// The error of a label that is no class, with the file and the row there.
    private func labelError(_ invalid: InvalidLabel, row: Int, of source: any Source) -> TrainingError {
        let location = source.location(ofRow: row)
        let name = "\"\(source.targets[invalid.column].name)\""
        let place = "row \(location.row) of \(name)" + (location.row == row ? "" : " (row \(row) of all)")
        let error = invalid.error(at: place)
        guard let file = location.file else { return error }
        return TrainingError(DataError(file: file, error.description, underlying: error))
    }

    func nextBatch(_ stream: BatchStream) throws(TrainingError) -> Batch? {
        do { return try stream.next() } catch { throw TrainingError(error) }
    }
}

extension TrainingError {
    init(_ error: DataError) { self.init(.data, error.description, underlying: error) }
}
